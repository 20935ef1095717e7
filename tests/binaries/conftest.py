"""A place to release a command-line tool from and to, and what tests share."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.binaries import tools
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
