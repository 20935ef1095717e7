"""A site to release a command-line tool from and to."""

from dataclasses import replace

from tests.binaries.npm_registry import NpmRegistry
from tests.site import Site

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


def tool_site(site: Site, npm: NpmRegistry, *, image: str, package: str) -> Site:
    """The site with a configuration of GoReleaser on main, a tool in the catalogue, and a token for its packages."""
    site.monorepo.commit({".goreleaser.yaml": CONFIG}, message="chore: describe the cli")
    catalogue = CATALOGUE.format(repository=site.repository, prefix=site.prefix, image=image, package=package)
    told = replace(site, catalogue=catalogue).with_settings(npm_registry=npm.url)
    return told.with_tokens(**site.tokens, npm_token=npm.token)
