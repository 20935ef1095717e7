"""Images that do not build: which line, what it said, and nothing published."""

import pytest

from tests.e2e.conftest import Release
from tests.site import Site

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("dockerfile", "words"),
    [
        ("FROM {base}\nRUN echo the reason >&2; exit 7\n", ("exit code 7", "the reason", "echo the reason")),
        ("FROM scratch\nCOPY nothing-like-it /\n", ("nothing-like-it",)),
        ("FROM {base}-none\n", ("-none",)),
        ("FROM scratch\nCOPY --from={base}-none / /\n", ("-none is not there",)),
        ("FROM scratch\nNONSENSE x\n", ("Dockerfile", "NONSENSE")),
        ("", ("Dockerfile",)),
    ],
    ids=["failing RUN", "COPY of nothing", "no base image", "no image to copy from", "no Dockerfile at all", "empty"],
)
async def test_a_dockerfile_that_does_not_build(
    site: Site, release: Release, base_image: str, dockerfile: str, words: tuple[str, ...]
) -> None:
    site.monorepo.commit({"Dockerfile": dockerfile.format(base=base_image)}, message="fix: break the build")
    site.monorepo.tag("vault/v0.4.0")
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.report["outcome"], run.error["kind"]) == (5, "failed", "build-failed")
    assert run.stages["build"] == "failed"
    for word in words:
        assert word in run.error["message"]
    assert "new version" in run.error["next"]
    assert "/tmp/" not in run.error["message"]
    assert site.published() == {}


async def test_a_missing_dockerfile_names_the_key_to_set(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    run = await release(site.with_catalogue('dockerfile = "svc/vault/Dockerfile"', service="vault"), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (5, "build-failed")
    assert "svc/vault/Dockerfile" in run.error["message"]
    assert "[services.vault] dockerfile" in run.error["next"]
    assert site.published() == {}


async def test_a_missing_context_is_named(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    run = await release(site.with_catalogue('context = "svc/none"', service="vault"), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (5, "build-failed")
    assert "svc/none" in run.error["message"]


async def test_a_missing_target_is_named(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    run = await release(site.with_catalogue('target = "nothing-like-it"', service="vault"), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (5, "build-failed")
    assert "nothing-like-it" in run.error["message"]


async def test_one_platform_that_does_not_build_publishes_nothing(
    site: Site, release: Release, base_image: str
) -> None:
    text = f'FROM --platform=$BUILDPLATFORM {base_image}\nARG TARGETARCH\nRUN test "$TARGETARCH" = amd64\n'
    site.monorepo.commit({"Dockerfile": text}, message="fix: break the build for one platform")
    site.monorepo.tag("vault/v0.4.0")
    run = await release(site.with_platforms("linux/amd64", "linux/arm64"), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (5, "build-failed")
    assert "linux/arm64" in run.error["message"]
    assert site.published() == {}
