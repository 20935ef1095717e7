"""A place to release a command-line tool from and to: GoReleaser's image, an npm registry, and what tests share."""

import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.demo.registry import Registry
from tests.binaries import image, tools
from tests.binaries.npm_registry import NpmRegistry
from tests.conftest import need
from tests.site import Site, local_session

CATALOGUE = """\
repository = "{repository}"
registry = "{prefix}"

[limits]
first_wait = 0.01
longest_wait = 0.05

[services.vault]

[services.cli]
kind = "cli"
goreleaser_image = "{image}"
npm = "{package}"
"""

CONFIG = """\
version: 2
project_name: unkey
monorepo:
  tag_prefix: cli/
  dir: cli
builds:
  - binary: unkey
    env: [CGO_ENABLED=0]
    goos: [linux, darwin]
    goarch: [amd64, arm64]
    ldflags: -s -w -X main.version={{ .Version }} -X main.date={{ .Date }}
archives:
  - name_template: "unkey_{{ .Version }}_{{ .Os }}_{{ .Arch }}"
checksum:
  name_template: checksums.txt
npms:
  - name: unkey
    description: The command line
    license: MIT
brews:
  - repository: {owner: acme, name: tap}
"""


def missing(reason: tools.Missing) -> None:
    """Skip for what is not installed; where ``CI`` is set that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(str(reason))
    pytest.skip(str(reason))


@pytest.fixture(scope="session")
def npm_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NpmRegistry]:
    """An npm registry in which every test has a package of its own."""
    need("node", "npm")
    registry = NpmRegistry(tmp_path_factory.mktemp("npm"))
    try:
        registry.__enter__()
    except tools.Missing as reason:
        missing(reason)
    yield registry
    registry.__exit__(None, None, None)


@pytest.fixture(scope="session")
def goreleaser_image(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image that runs GoReleaser, in `registry`."""
    need("skopeo", "git", "busybox")
    try:
        return image.push(registry.address, tmp_path_factory.mktemp("image"))
    except tools.Missing as reason:
        missing(reason)
        raise


@pytest.fixture(scope="session")
def cli_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for local sessions in which what Go has compiled stays from one test run to the next."""
    cache = tmp_path_factory.mktemp("cli-cache")
    volumes = tools.CACHE / "volumes"
    volumes.mkdir(parents=True, exist_ok=True)
    (cache / "volumes").symlink_to(volumes)
    return cache


@pytest.fixture
def package(namespace: str) -> str:
    """The npm package of one test."""
    return f"unkey-{namespace}"


@pytest.fixture
def cli(site: Site, npm_registry: NpmRegistry, goreleaser_image: str, package: str) -> Site:
    """A place to release a command-line tool from and to."""
    site.monorepo.commit({".goreleaser.yaml": CONFIG}, message="chore: describe the cli")
    catalogue = CATALOGUE.format(
        repository=site.repository, prefix=site.prefix, image=goreleaser_image, package=package
    )
    told = replace(site, catalogue=catalogue).with_settings(npm_registry=npm_registry.url)
    return told.with_tokens(**site.tokens, npm_token=npm_registry.token)


@pytest.fixture
async def session(cli_cache: Path) -> AsyncIterator[list[str]]:
    """A local session to which the SDK is connected; its output lines."""
    need("git", "buildah", "skopeo")
    async with local_session(cli_cache) as heard:
        yield heard
