"""What does not answer: told by its address, and nothing half-done."""

import socket
from dataclasses import replace

import pytest

from tests.e2e.conftest import Release
from tests.site import Site

pytestmark = pytest.mark.anyio


@pytest.fixture
def nobody() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return f"127.0.0.1:{closed.getsockname()[1]}"


@pytest.fixture
def tagged(site: Site) -> Site:
    site.monorepo.tag("vault/v0.4.0")
    return site


async def test_git_is_down(tagged: Site, release: Release, nobody: str) -> None:
    run = await release(tagged.with_settings(git_url=f"http://{nobody}/unkey.git"), "vault/v0.4.0")
    assert (run.exit_code, run.report["outcome"], run.error["kind"]) == (4, "failed", "git-unavailable")
    assert nobody in run.error["message"]
    assert tagged.published() == {}


async def test_the_repository_is_not_there(tagged: Site, release: Release) -> None:
    run = await release(tagged.with_settings(git_url=tagged.git.url("no/such")), "vault/v0.4.0")
    assert (run.exit_code, run.report["outcome"]) == (4, "failed")
    assert "no/such" in run.error["message"]


async def test_the_registry_is_down(tagged: Site, release: Release, nobody: str) -> None:
    run = await release(tagged.with_settings(registry=f"{nobody}/unkeyed"), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"], run.stages["build"]) == (4, "registry-unavailable", "not-reached")
    assert nobody in run.error["message"]
    assert tagged.releases() == []


async def test_github_is_down(tagged: Site, release: Release, nobody: str) -> None:
    run = await release(tagged.with_settings(github_api=f"http://{nobody}"), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"], run.stages["build"]) == (4, "github-unavailable", "not-reached")
    assert nobody in run.error["message"]
    assert tagged.registry.tags(tagged.image("vault")) == []


async def test_all_that_is_down_is_told_at_once(tagged: Site, release: Release, nobody: str) -> None:
    down = tagged.with_settings(github_api=f"http://{nobody}", registry=f"{nobody}/unkeyed")
    run = await release(down, "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (4, "not-ready")
    assert "2 things" in run.error["message"]


async def test_what_is_at_the_address_is_no_registry(tagged: Site, release: Release) -> None:
    wrong = tagged.with_settings(registry=f"{tagged.git.address}/unkeyed")
    run = await release(wrong, "vault/v0.4.0")
    assert run.exit_code in (3, 4)
    assert tagged.git.address in run.error["message"]
    assert tagged.releases() == []


async def test_what_is_at_the_address_is_no_github(tagged: Site, release: Release) -> None:
    run = await release(tagged.with_settings(github_api=f"http://{tagged.registry.address}"), "vault/v0.4.0")
    assert run.exit_code == 4
    assert tagged.published() == {}


async def test_github_does_not_have_the_repository(tagged: Site, release: Release) -> None:
    other = replace(tagged, catalogue=tagged.catalogue.replace(tagged.repository, "acme/other"))
    run = await release(other, "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (4, "not-authorized")
    assert "acme/other" in run.error["message"]
    assert tagged.published() == {}
