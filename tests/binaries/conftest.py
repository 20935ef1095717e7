"""A place to release a command-line tool from and to, and what tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.binaries import tools
from tests.binaries.npm_registry import NpmRegistry
from tests.binaries.tool_site import tool_site
from tests.conftest import need
from tests.site import Site, local_session


@pytest.fixture(scope="session")
def cli_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for local sessions in which what Go has compiled stays from one test run to the next."""
    cache = tmp_path_factory.mktemp("cli-cache")
    tools.keep_volumes(cache)
    return cache


@pytest.fixture
def package(namespace: str) -> str:
    """The npm package of one test."""
    return f"unkey-{namespace}"


@pytest.fixture
def cli(site: Site, npm_registry: NpmRegistry, goreleaser_image: str, package: str) -> Site:
    """A place to release a command-line tool from and to."""
    return tool_site(site, npm_registry, image=goreleaser_image, package=package)


@pytest.fixture
async def session(cli_cache: Path) -> AsyncIterator[list[str]]:
    """A local session to which the SDK is connected; its output lines."""
    need("git", "buildah", "skopeo")
    async with local_session(cli_cache) as heard:
        yield heard
