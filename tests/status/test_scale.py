"""Five thousand release tags: how long an audit and a status take, against real servers on this machine."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.demo.git_server import GitServer
from pipeline.demo.github import GitHubDouble
from pipeline.demo.github.people import now
from pipeline.demo.github.store import Release
from pipeline.demo.large_history import large_history
from pipeline.demo.registry import Registry
from pipeline.errors import Answered
from tests.conftest import need
from tests.site import Site, local_session

pytestmark = [pytest.mark.anyio, pytest.mark.full]

SERVICES = ("api", "frontline", "vault", "heimdall", "krane", "control-api", "control-worker")
TAGS = 5_000
STRANDED = 40
AUDIT_WITHIN, STATUS_WITHIN = 30.0, 8.0


def _tags() -> Iterator[str]:
    for number in range(TAGS):
        service, version = SERVICES[number % len(SERVICES)], number // len(SERVICES)
        yield f"{service}/v1.{version // 20}.{version % 20}"


@pytest.fixture(scope="module")
def old_site(git_server: GitServer, registry: Registry, github: GitHubDouble) -> Site:
    need("git", "docker-registry", "skopeo")
    tags = list(_tags())
    monorepo = large_history(git_server.root / "scale" / "unkey.git", commits=TAGS, tags=tags)
    site = Site.create(monorepo, git_server, registry, github, "scale")
    refs = monorepo.refs()
    for number, tag in enumerate(tags):
        if number % (TAGS // STRANDED):
            _release(site, tag, refs[f"refs/tags/{tag}"])
        _image(site, tag)
    services = "".join(f"[services.{service}]\n" for service in SERVICES)
    head = site.catalogue.partition("[services.api]")[0]
    return replace(site, catalogue=head + services)


def _release(site: Site, tag: str, commit: str) -> None:
    releases = site.github.store.repositories[site.repository].releases
    release = Release(
        id=site.github.store.new_id(),
        tag_name=tag,
        target_commitish=commit,
        name=tag,
        body="notes\n" * 40,
        draft=False,
        prerelease=False,
        author="writer",
        created_at=now(),
        published_at=now(),
    )
    releases[release.id] = release


def _image(site: Site, tag: str) -> None:
    """A tag in the registry's storage, which is all that a list of tags is made of."""
    service, _, version = tag.partition("/")
    storage = site.registry.root / "storage/docker/registry/v2/repositories" / site.image(service)
    link = storage / "_manifests/tags" / version / "current/link"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.write_text(f"sha256:{'0' * 64}")


async def test_an_audit_of_five_thousand_tags(old_site: Site, session_cache: Path) -> None:
    started = time.perf_counter()
    async with local_session(session_cache):
        with pytest.raises(Answered) as failure:
            await old_site.pipeline().audit(as_json=True)
    seconds = time.perf_counter() - started
    audit = json.loads(str(failure.value))
    assert (audit["tags"], len(audit["stranded"])) == (TAGS, STRANDED)
    assert audit["not_checked"] == []
    assert seconds < AUDIT_WITHIN, f"{seconds:.1f} s"


async def test_a_status_of_all_services_among_them(old_site: Site, session_cache: Path) -> None:
    started = time.perf_counter()
    async with local_session(session_cache):
        status = json.loads(await old_site.pipeline().status(as_json=True))
    seconds = time.perf_counter() - started
    assert [row["release"]["state"] for row in status["rows"]] == ["published"] * len(SERVICES)
    assert seconds < STATUS_WITHIN, f"{seconds:.1f} s"
