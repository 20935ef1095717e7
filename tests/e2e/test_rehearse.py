"""Rehearsing a change that is not on main yet."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import Answered
from tests.conftest import need
from tests.site import QUICK, Site, local_session

pytestmark = pytest.mark.anyio

Rehearse = Callable[..., Awaitable[Any]]


@pytest.fixture
def rehearse(session_cache: Path) -> Rehearse:
    need("git", "buildah", "skopeo")

    async def rehearse(site: Site, head: str, **arguments: Any) -> Any:
        async with local_session(session_cache):
            return json.loads(await site.pipeline().rehearse(head, as_json=True, **arguments))

    return rehearse


def with_paths(site: Site) -> Site:
    site = site.with_catalogue('paths = ["svc/api"]', service="api")
    site = site.with_catalogue('paths = ["svc/krane"]', service="krane")
    site = site.with_catalogue('paths = ["cli"]', service="cli")
    return site.with_catalogue('paths = ["svc/vault"]', service="vault").with_tokens(github_token=site.reader)


async def test_what_a_branch_touches_is_built_as_its_next_version(site: Site, rehearse: Rehearse) -> None:
    site.monorepo.commit({"svc/api/new.txt": "new\n"}, message="feat: api", branch="topic")
    commit = site.monorepo.commit({"docs/new.md": "new\n"}, message="docs: new", branch="topic")
    report = await rehearse(with_paths(site), "topic")
    assert (report["outcome"], report["service"], report["commit"]) == ("rehearsed", "api", commit)
    tags = [ref.removeprefix("refs/tags/") for ref in site.monorepo.refs() if ref.startswith("refs/tags/")]
    assert report["tag"] not in tags
    assert {s["name"]: s["outcome"] for s in report["stages"]}["build"] == "done"
    assert site.published() == {}


async def test_what_main_got_since_is_not_the_change_s(site: Site, rehearse: Rehearse) -> None:
    site.monorepo.commit({"svc/api/new.txt": "new\n"}, message="feat: api", branch="topic")
    site.monorepo.commit({"svc/krane/new.txt": "new\n"}, message="feat: krane")
    report = await rehearse(with_paths(site), site.monorepo.commit_of("refs/heads/topic"))
    assert report["service"] == "api"


async def test_a_change_of_no_service_rehearses_nothing(site: Site, rehearse: Rehearse) -> None:
    site.monorepo.commit({"docs/new.md": "new\n"}, message="docs: new", branch="topic")
    assert await rehearse(with_paths(site), "topic") == []


async def test_a_broken_dockerfile_is_found_for_all_that_it_builds(site: Site, rehearse: Rehearse) -> None:
    site.monorepo.commit({"Dockerfile": f"{QUICK}COPY absent /\n"}, message="feat: break", branch="topic")
    with pytest.raises(Answered) as failure:
        await rehearse(with_paths(site), "topic")
    reports = json.loads(str(failure.value))
    assert [(r["service"], r["outcome"], r["error"]["kind"]) for r in reports] == [
        (service, "failed", "build-failed") for service in ("api", "vault", "krane")
    ]
    assert failure.value.error.exit_code == 5
