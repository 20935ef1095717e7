"""Audits find what is stranded, and say what mends it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import Answered
from tests.faults.proxy import Proxy
from tests.faults.rules import Answer
from tests.site import Json, Site, local_session
from tests.world import repository

pytestmark = pytest.mark.anyio


async def _audit(site: Site, cache: Path) -> tuple[int, Json]:
    async with local_session(cache):
        try:
            answer = await site.pipeline().audit(as_json=True)
        except Answered as failure:
            return failure.error.exit_code, json.loads(str(failure))
    return 0, json.loads(answer)


def _by_tag(audit: Json) -> dict[str, Json]:
    return {f"{finding['tag']} {finding['kinds'][-1]}": finding for finding in audit["stranded"]}


async def test_finds_what_is_half_done(world: Site, session_cache: Path) -> None:
    code, audit = await _audit(world, session_cache)
    found = _by_tag(audit)
    assert code == 3
    assert "vault/v0.5.0" not in " ".join(found)
    assert found["vault/v0.2.0 no-release"]["kinds"] == ["no-image", "no-release"]
    assert found["vault/v0.2.0 no-release"]["mend"] == "pipeline release --tag vault/v0.2.0"
    assert found["cli/v0.9.0 no-release"]["kinds"] == ["no-release"]
    assert found["krane/v0.2.1 no-release"]["mend"] == "pipeline tag krane"
    assert "not on main" in found["krane/v0.2.1 no-release"]["detail"]
    assert not [tag for tag in found if "test1" in tag or "@" in tag]


async def test_finds_drafts_and_wrong_marks(site: Site, session_cache: Path) -> None:
    repo, head = repository(site), site.monorepo.head
    for tag in ("cli/v1.0.0", "cli/v1.1.0", "cli/v1.2.0-rc.1", "cli/v1.3.0"):
        site.monorepo.tag(tag)
    repo.create_git_release(
        "cli/v1.3.0", name="a draft", message="", draft=True, target_commitish=head, make_latest="false"
    )
    repo.create_git_release(
        "cli/v1.2.0-rc.1", name="not marked", message="", target_commitish=head, make_latest="false"
    )
    repo.create_git_release("cli/v1.1.0", name="fine", message="", target_commitish=head, make_latest="false")
    repo.create_git_release(
        "cli/v1.0.0", name="too old for Latest", message="", target_commitish=head, make_latest="true"
    )
    found = _by_tag((await _audit(site, session_cache))[1])
    name = site.repository
    assert found["cli/v1.3.0 draft-only"]["mend"] == "pipeline release --tag cli/v1.3.0"
    flag = found["cli/v1.2.0-rc.1 pre-release-flag"]
    assert flag["mend"] == f"gh release edit cli/v1.2.0-rc.1 --repo {name} --prerelease=true"
    latest = found["cli/v1.0.0 latest"]
    assert latest["mend"] == f"gh release edit cli/v1.1.0 --repo {name} --latest"
    assert "cli/v1.1.0 latest" not in found


async def test_latest_belongs_to_a_service_that_may_have_it(site: Site, session_cache: Path) -> None:
    quiet = site.with_catalogue("latest = false", service="krane")
    site.monorepo.tag("krane/v9.0.0")
    repository(site).create_git_release("krane/v9.0.0", name="loud", message="", target_commitish=site.monorepo.head)
    found = _by_tag((await _audit(quiet, session_cache))[1])
    assert found["krane/v9.0.0 latest"]["mend"].endswith("--latest=false")
    assert "krane/v9.0.0 latest" not in _by_tag((await _audit(site, session_cache))[1])


async def test_what_cannot_be_read_is_not_stranded(world: Site, session_cache: Path) -> None:
    code, audit = await _audit(world.with_tokens().with_settings(registry="127.0.0.1:9/gone"), session_cache)
    assert (code, audit["stranded"]) == (0, [])
    assert any(reason.startswith("releases: no GitHub token") for reason in audit["not_checked"])
    assert any(reason.startswith("images of vault:") for reason in audit["not_checked"])


async def test_images_are_looked_at_one_by_one_where_they_cannot_be_listed(
    world: Site, session_cache: Path, proxy_to: Callable[[str], Proxy]
) -> None:
    proxy = proxy_to(world.registry.address)
    listing = proxy.on("GET", ".*/tags/list", Answer(403), times=None)
    through = world.with_tokens().with_settings(registry=f"{proxy.address}/{world.namespace}")
    code, audit = await _audit(through, session_cache)
    found = _by_tag(audit)
    assert (code, listing.struck.is_set()) == (3, True)
    assert found["vault/v0.2.0 no-image"]["kinds"] == ["no-image"]
    assert not any(tag.startswith("vault/v0.5.0") for tag in found)
