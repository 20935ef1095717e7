"""Which release GitHub shows as the latest: the highest stable version of its service, and nothing else."""

from collections.abc import Callable

import pytest

from tests.e2e.conftest import Release
from tests.site import Site

pytestmark = pytest.mark.anyio


async def test_only_the_highest_stable_version_becomes_latest(site: Site, release: Release) -> None:
    shown = []
    for version in ("1.2.0", "1.10.0", "1.9.0", "2.0.0-rc.1", "1.10.1-rc.1", "1.10.1"):
        site.monorepo.tag(f"vault/v{version}")
        run = await release(site, f"vault/v{version}")
        assert run.exit_code == 0
        assert run.report["release"]["latest"] == (site.latest() == f"vault/v{version}")
        shown.append(site.latest())
    assert shown == [
        "vault/v1.2.0", "vault/v1.10.0", "vault/v1.10.0", "vault/v1.10.0", "vault/v1.10.0", "vault/v1.10.1",
    ]  # fmt: skip


async def test_a_higher_tag_counts_though_it_was_never_released(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v2.0.0")
    site.monorepo.tag("vault/v1.0.0")
    await release(site, "vault/v1.0.0")
    assert site.latest() is None


async def test_a_service_that_must_not_be_latest_never_is(site: Site, release: Release) -> None:
    quiet = site.with_catalogue("latest = false", service="krane")
    site.monorepo.tag("vault/v1.0.0")
    site.monorepo.tag("krane/v5.0.0")
    await release(quiet, "vault/v1.0.0")
    run = await release(quiet, "krane/v5.0.0")
    assert (run.exit_code, run.report["release"]["latest"], site.latest()) == (0, False, "vault/v1.0.0")


async def test_a_higher_tag_that_comes_during_the_build_counts(
    site: Site, release: Release, when_done: Callable[[str, Callable[[], object]], None]
) -> None:
    site.monorepo.tag("vault/v1.0.0")
    when_done("build", lambda: site.monorepo.tag("vault/v2.0.0"))
    assert (await release(site, "vault/v1.0.0")).exit_code == 0
    assert site.latest() is None
