"""Promotion and rollback, from a released tag to a pull request in an infra repository."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from pipeline.demo.github.faults import Fault
from pipeline.errors import (
    BadFlag,
    BadPin,
    NotAnImage,
    NotAuthorized,
    NotPromotable,
    NotReleased,
    UnknownEnvironment,
    WrongImage,
)
from tests.site import Json, Site, local_session
from tests.world import ENVIRONMENT, Infra, add_infra, copy_image, repository

pytestmark = pytest.mark.anyio

VALUES = "eks-cluster/helm-chart/vault/values.yaml"
BEFORE = ("vault/v0.4.0", "vault/v0.4.1")
"""What may be released below v0.5.0; a test of watching releases the second one."""

PIN = f"eks-cluster/promotions/{ENVIRONMENT}/vault.yaml"


@pytest.fixture
def infra(world: Site, namespace: str) -> Infra:
    """An infra repository whose production runs vault v0.4.0."""
    return add_infra(world, namespace, {"vault": "v0.4.0", "api": "v1.0.0"})


async def _promote(infra: Infra, cache: Path, tag: str, environment: str = ENVIRONMENT, **arguments: Any) -> Json:
    async with local_session(cache):
        answer = await infra.site.pipeline().promote(tag, environment, as_json=True, **arguments)
    report: Json = json.loads(answer)
    return report


async def _rollback(infra: Infra, cache: Path, **arguments: Any) -> Json:
    async with local_session(cache):
        answer = await infra.site.pipeline().rollback(ENVIRONMENT, as_json=True, **arguments)
    report: Json = json.loads(answer)
    return report


async def test_opens_one_pull_request_that_moves_the_pin_alone(infra: Infra, session_cache: Path) -> None:
    before = infra.file("vault")
    report = await _promote(infra, session_cache, "vault/v0.5.0")
    (pull,) = infra.github().get_pulls()
    assert (report["outcome"], report["before"], report["pull_request"]) == ("opened", "v0.4.0", pull.html_url)
    assert (pull.head.ref, pull.base.ref) == (f"promote/{ENVIRONMENT}/vault/v0.5.0", "main")
    assert infra.file("vault", f"refs/heads/{pull.head.ref}") == before.replace("v0.4.0", "v0.5.0")
    assert infra.file("vault") == before
    assert [file.filename for file in infra.github().compare("main", pull.head.ref).files] == [PIN]
    assert pull.title == f"promote vault in {ENVIRONMENT} to v0.5.0"
    digest = infra.site.registry.digest(infra.site.image("vault"), "v0.5.0")
    assert report["digest"] == digest
    assert f"Digest: `{digest}`" in pull.body
    assert f"`pipeline rollback --tag vault/v0.4.0 --environment {ENVIRONMENT}`" in pull.body
    assert repository(infra.site).get_release("vault/v0.5.0").body in pull.body
    again = await _promote(infra, session_cache, "vault/v0.5.0")
    assert (again["outcome"], again["pull_request"]) == ("found", pull.html_url)
    assert infra.github().get_pulls(state="all").totalCount == 1


async def test_two_calls_at_once_end_with_one_pull_request(infra: Infra, session_cache: Path) -> None:
    reports: list[Json] = []

    async def promote() -> None:
        answer = await infra.site.pipeline().promote("vault/v0.5.0", ENVIRONMENT, as_json=True)
        reports.append(json.loads(answer))

    async with local_session(session_cache), anyio.create_task_group() as tasks:
        tasks.start_soon(promote)
        tasks.start_soon(promote)
    (pull,) = infra.github().get_pulls(state="all")
    assert {report["pull_request"] for report in reports} == {pull.html_url}
    assert "v0.5.0" in infra.file("vault", f"refs/heads/{pull.head.ref}")


@pytest.mark.parametrize(("method", "path"), [("POST", "*/pulls"), ("PUT", "*/contents/*"), ("POST", "*/git/refs")])
async def test_an_answer_that_is_lost_makes_no_second_pull_request(
    infra: Infra, session_cache: Path, method: str, path: str
) -> None:
    lost = infra.site.github.interfere(
        Fault(method=method, path=f"/repos/{infra.name}{path[1:]}", when="after", status=502)
    )
    report = await _promote(infra, session_cache, "vault/v0.5.0")
    (pull,) = infra.github().get_pulls(state="all")
    assert (lost.hits, report["pull_request"]) == (1, pull.html_url)
    assert "v0.5.0" in infra.file("vault", f"refs/heads/{pull.head.ref}")


async def test_a_branch_that_another_run_has_just_begun_anew(infra: Infra, session_cache: Path) -> None:
    errors = [{"resource": "PullRequest", "code": "custom", "message": "No commits between main and promote/x"}]
    refused = infra.site.github.interfere(
        Fault(
            method="POST",
            path=f"/repos/{infra.name}/pulls",
            status=422,
            body={"message": "Validation Failed", "errors": errors},
        )
    )
    report = await _promote(infra, session_cache, "vault/v0.5.0")
    (pull,) = infra.github().get_pulls(state="all")
    assert (refused.hits, report["pull_request"]) == (1, pull.html_url)


async def test_a_pull_request_follows_what_changes_beside_the_pin(infra: Infra, session_cache: Path) -> None:
    await _promote(infra, session_cache, "vault/v0.5.0")
    infra.repo.commit({PIN: infra.file("vault") + "replicas: 5\n"}, message="chore: more replicas")
    report = await _promote(infra, session_cache, "vault/v0.5.0")
    text = infra.file("vault", f"refs/heads/{report['branch']}")
    assert report["outcome"] == "updated"
    assert "v0.5.0" in text
    assert "replicas: 5" in text


async def test_a_branch_left_by_an_old_pull_request_is_started_anew(infra: Infra, session_cache: Path) -> None:
    first = await _promote(infra, session_cache, "vault/v0.5.0")
    infra.github().get_pull(1).edit(state="closed")
    infra.repo.commit({"README.md": "later\n"}, message="docs: later")
    infra.repo.commit({PIN: infra.file("vault") + "replicas: 5\n"}, message="chore: more replicas")
    again = await _promote(infra, session_cache, "vault/v0.5.0")
    assert (again["outcome"], again["pull_request"] != first["pull_request"]) == ("opened", True)
    files = [file.filename for file in infra.github().compare("main", again["branch"]).files]
    assert files == [PIN]


async def test_a_pin_that_is_there_is_left_alone(infra: Infra, session_cache: Path) -> None:
    report = await _promote(infra, session_cache, "vault/v0.4.0")
    assert (report["outcome"], report["diff"]) == ("already-pinned", "")
    assert infra.github().get_pulls(state="all").totalCount == 0


async def test_a_dry_run_prints_the_diff_and_changes_nothing(infra: Infra, session_cache: Path) -> None:
    refs = dict(infra.repo.refs())
    async with local_session(session_cache):
        text = await infra.site.pipeline().promote("vault/v0.5.0", ENVIRONMENT, dry_run=True)
    changed = [
        line for line in text.splitlines() if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))
    ]
    assert [line[:1] for line in changed] == ["-", "+"]
    assert changed[0].replace("v0.4.0", "v0.5.0")[1:] == changed[1][1:]
    assert f"+++ b/{PIN}" in text
    assert (dict(infra.repo.refs()), infra.github().get_pulls(state="all").totalCount) == (refs, 0)


async def test_other_moves_of_the_same_pin_are_told(infra: Infra, session_cache: Path) -> None:
    first = await _promote(infra, session_cache, "vault/v0.6.0-rc.1", prerelease=True)
    second = await _promote(infra, session_cache, "vault/v0.5.0")
    assert second["others"] == [first["pull_request"]]


async def test_a_prerelease_goes_only_where_it_is_asked_for(infra: Infra, session_cache: Path) -> None:
    with pytest.raises(NotPromotable, match="is a pre-release"):
        await _promote(infra, session_cache, "vault/v0.6.0-rc.1")
    assert (await _promote(infra, session_cache, "vault/v0.6.0-rc.1", prerelease=True))["outcome"] == "opened"


@pytest.mark.parametrize(
    ("tag", "environment", "error", "message"),
    [
        ("vault/v0.2.0", ENVIRONMENT, NotReleased, "is not complete"),
        ("cli/v0.9.0", ENVIRONMENT, NotAnImage, "makes no image"),
        ("vault/v0.5.0", "staging", UnknownEnvironment, "'staging'"),
        ("krane/v0.2.0", ENVIRONMENT, NotReleased, "is not complete"),
    ],
)
async def test_refuses(  # noqa: PLR0917 - pytest passes all by name
    infra: Infra, session_cache: Path, tag: str, environment: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        await _promote(infra, session_cache, tag, environment)
    assert infra.github().get_pulls(state="all").totalCount == 0


async def test_refuses_a_chart_of_another_image(infra: Infra, session_cache: Path) -> None:
    wrong = infra.read(VALUES).replace("/vault", "/vault-old")
    infra.repo.commit({VALUES: wrong}, message="chore: another image")
    with pytest.raises(WrongImage, match="vault-old"):
        await _promote(infra, session_cache, "vault/v0.5.0")


async def test_refuses_a_service_without_a_pin(world: Site, session_cache: Path, namespace: str) -> None:
    with pytest.raises(BadPin, match="has no text file"):
        await _promote(add_infra(world, namespace, {}), session_cache, "vault/v0.5.0")


async def test_a_token_that_may_only_read_is_told(infra: Infra, session_cache: Path) -> None:
    reader = f"ghp_reader_{infra.name}"
    infra.site.github.add_token(reader, permissions={infra.site.repository: "pull", infra.name: "pull"})
    weak = replace(infra, site=infra.site.with_tokens(github_token=reader))
    with pytest.raises(NotAuthorized):
        await _promote(weak, session_cache, "vault/v0.5.0")
    assert (await _promote(weak, session_cache, "vault/v0.5.0", dry_run=True))["outcome"] == "planned"


async def test_a_lower_version_is_a_rollback(infra: Infra, session_cache: Path) -> None:
    infra.repo.commit({PIN: infra.file("vault").replace("v0.4.0", "v0.5.0")}, message="chore: move")
    with pytest.raises(NotPromotable, match="which is higher"):
        await _promote(infra, session_cache, "vault/v0.4.0")
    report = await _rollback(infra, session_cache, tag="vault/v0.4.0")
    (pull,) = infra.github().get_pulls()
    assert (report["outcome"], pull.title) == ("opened", f"roll back vault in {ENVIRONMENT} to v0.4.0")
    assert f"`pipeline promote --tag vault/v0.5.0 --environment {ENVIRONMENT}`" in pull.body


async def test_a_rollback_finds_the_released_version_before(infra: Infra, session_cache: Path) -> None:
    infra.site.monorepo.tag("vault/v0.4.9-rc.1", "refs/tags/vault/v0.4.0")
    infra.site.monorepo.tag("vault/v0.4.9", "refs/tags/vault/v0.4.0")
    copy_image(infra.site, "vault", "v0.4.0", "v0.4.9")
    infra.repo.commit({PIN: infra.file("vault").replace("v0.4.0", "v0.5.0")}, message="chore: move")
    assert (await _rollback(infra, session_cache, service="vault", dry_run=True))["tag"] in BEFORE


async def test_a_rollback_never_goes_up(infra: Infra, session_cache: Path) -> None:
    with pytest.raises(NotPromotable, match="which is lower"):
        await _rollback(infra, session_cache, tag="vault/v0.5.0")
    with pytest.raises(NotPromotable, match="no released stable version is lower"):
        await _rollback(infra, session_cache, service="vault")
    with pytest.raises(BadFlag):
        await _rollback(infra, session_cache, tag="vault/v0.4.0", service="vault")
