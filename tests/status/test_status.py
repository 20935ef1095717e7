"""Where releases stand, as `status` tells it of real git, a real registry and GitHub's double."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import BadFlag, TagNotFound, UnknownService
from tests.site import Site, local_session
from tests.world import add_infra, copy_image

pytestmark = pytest.mark.anyio

Rows = dict[str, dict[str, Any]]


async def _status(site: Site, cache: Path, **arguments: str) -> Rows:
    async with local_session(cache):
        answer = await site.pipeline().status(as_json=True, **arguments)
    return {row["tag"]: row for row in json.loads(answer)["rows"]}


async def test_the_newest_of_every_service(world: Site, session_cache: Path) -> None:
    rows = await _status(world, session_cache)
    assert {tag: row["complete"] for tag, row in rows.items()} == {
        "api/v1.1.0": False, "vault/v0.5.0": True, "vault/v0.6.0-rc.1": True, "krane/v0.2.1": False, "cli/v0.9.0": False,
    }  # fmt: skip
    assert rows["krane/v0.2.1"]["on_main"] is False
    assert rows["krane/v0.2.1"]["image"]["state"] == rows["krane/v0.2.1"]["release"]["state"] == "missing"
    assert rows["cli/v0.9.0"]["image"]["state"] == "none"


async def test_a_released_tag(world: Site, session_cache: Path) -> None:
    row = (await _status(world, session_cache, tag="vault/v0.5.0"))["vault/v0.5.0"]
    assert row["commit"] == world.monorepo.commit_of("refs/tags/vault/v0.5.0")
    assert row["on_main"] is True
    assert row["image"]["digest"] == world.registry.digest(world.image("vault"), "v0.5.0")
    assert row["image"]["platforms"] == ["linux/amd64"]
    release = row["release"]
    assert (release["state"], release["prerelease"], release["record"]) == ("published", False, True)


async def test_a_candidate_is_never_latest(world: Site, session_cache: Path) -> None:
    rows = await _status(world, session_cache, service="vault")
    assert [row["release"]["prerelease"] for row in rows.values()] == [False, True]
    assert rows["vault/v0.6.0-rc.1"]["release"]["latest"] is False


async def test_what_production_runs(world: Site, session_cache: Path, namespace: str) -> None:
    infra = add_infra(world, namespace, {"vault": "v0.4.0"})
    row = (await _status(infra.site, session_cache, tag="vault/v0.5.0"))["vault/v0.5.0"]
    (pin,) = row["pins"]
    assert (pin["environment"], pin["state"], pin["version"]) == ("production001", "behind", "v0.4.0")
    assert pin["url"].endswith("/blob/main/eks-cluster/promotions/production001/vault.yaml")


async def test_a_service_without_a_pin(world: Site, session_cache: Path, namespace: str) -> None:
    infra = add_infra(world, namespace, {})
    (pin,) = (await _status(infra.site, session_cache, tag="api/v1.1.0"))["api/v1.1.0"]["pins"]
    assert (pin["state"], pin["version"]) == ("none", None)


async def test_without_a_token_github_is_not_checked(world: Site, session_cache: Path, namespace: str) -> None:
    blind = add_infra(world, namespace, {"vault": "v0.4.0"}).site.with_tokens()
    row = (await _status(blind, session_cache, tag="vault/v0.5.0"))["vault/v0.5.0"]
    assert (row["release"]["state"], row["pins"][0]["state"]) == ("not-checked", "not-checked")
    assert row["image"]["state"] == "there"


async def test_a_token_without_the_infra_repository_hides_only_the_pins(
    world: Site, session_cache: Path, namespace: str
) -> None:
    infra = add_infra(world, namespace, {"vault": "v0.4.0"})
    weak = infra.site.with_tokens(github_token=world.tokens["github_token"])
    row = (await _status(weak, session_cache, tag="vault/v0.5.0"))["vault/v0.5.0"]
    assert (row["release"]["state"], row["pins"][0]["state"]) == ("published", "not-checked")


async def test_the_infra_repository_may_have_a_token_of_its_own(
    world: Site, session_cache: Path, namespace: str
) -> None:
    infra = add_infra(world, namespace, {"vault": "v0.4.0"})
    two = infra.site.with_tokens(
        github_token=world.tokens["github_token"], infra_token=infra.site.tokens["github_token"]
    )
    row = (await _status(two, session_cache, tag="vault/v0.5.0"))["vault/v0.5.0"]
    assert row["pins"][0]["state"] == "behind"


async def test_a_registry_that_is_down_hides_only_the_image(world: Site, session_cache: Path) -> None:
    down = world.with_settings(registry="127.0.0.1:9/gone")
    row = (await _status(down, session_cache, tag="vault/v0.5.0"))["vault/v0.5.0"]
    assert (row["image"]["state"], row["release"]["state"], row["complete"]) == ("unknown", "published", False)
    assert "127.0.0.1:9" in row["image"]["detail"]


async def test_somebody_elses_image_is_told_from_the_tags_own(world: Site, session_cache: Path) -> None:
    world.monorepo.tag("vault/v0.3.1")
    copy_image(world, "vault", "v0.4.0", "v0.3.1")
    row = (await _status(world, session_cache, tag="vault/v0.3.1"))["vault/v0.3.1"]
    assert (row["image"]["state"], row["complete"]) == ("other", False)
    assert world.monorepo.commit_of("refs/tags/vault/v0.4.0") in row["image"]["detail"]


async def test_the_table_says_what_to_do(world: Site, session_cache: Path) -> None:
    async with local_session(session_cache):
        text = await world.pipeline().status()
    lines = text.splitlines()
    assert lines[0].split() == ["TAG", "COMMIT", "ON", "MAIN", "IMAGE", "RELEASE"]
    assert any(line.startswith("✔  vault/v0.5.0") and "published" in line for line in lines)
    assert "cli/v0.9.0 is not complete: pipeline release --tag cli/v0.9.0" in lines
    assert any("krane/v0.2.1 is not complete" in line and "pipeline tag krane" in line for line in lines)


async def test_what_cannot_be_asked(world: Site, session_cache: Path) -> None:
    async with local_session(session_cache):
        with pytest.raises(TagNotFound):
            await world.pipeline().status(tag="vault/v9.9.9")
        with pytest.raises(UnknownService):
            await world.pipeline().status(service="vualt")
        with pytest.raises(BadFlag):
            await world.pipeline().status(tag="vault/v0.5.0", service="vault")
