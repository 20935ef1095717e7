"""The bench for a command-line tool: an npm registry behind one more proxy, and GoReleaser or a stand-in for it."""

from dataclasses import dataclass, fields
from hashlib import sha256

from pipeline.github.releases import RECORD
from tests.binaries.npm_registry import NpmRegistry
from tests.binaries.stand_in import PLATFORMS
from tests.convergence.bench import Bench
from tests.faults.proxy import Proxy

CONFIG = """\
version: 2
project_name: unkey
monorepo: {tag_prefix: cli/, dir: cli}
builds:
  - binary: unkey
    env: [CGO_ENABLED=0]
    targets: [linux_amd64, darwin_arm64]
    ldflags: -s -w -X main.version={{ .Version }}
archives:
  - name_template: "unkey_{{ .Version }}_{{ .Os }}_{{ .Arch }}"
checksum: {name_template: checksums.txt}
"""
"""What GoReleaser makes of it has the names that `tests.binaries.stand_in` has."""


@dataclass(kw_only=True)
class CliBench(Bench):
    """Everything one release of a command-line tool touches."""

    npm: NpmRegistry
    npm_proxy: Proxy
    goreleaser: str
    """What runs as GoReleaser."""

    @classmethod
    def of(cls, bench: Bench, *, npm: NpmRegistry, npm_proxy: Proxy, goreleaser: str) -> "CliBench":
        """The same bench with all that the tool needs besides."""
        shared = {field.name: getattr(bench, field.name) for field in fields(Bench)}
        shared |= {
            "service": "cli",
            "quick": bench.monorepo.head,
            "tokens": {**bench.tokens, "CONVERGENCE_NPM_TOKEN": npm.token},
        }
        # Npm alone is slow on purpose.
        shared["limits"] = {**bench.limits, "github_request": 30, "git_quiet": 30, "git_refs": 60}
        return cls(**shared, npm=npm, npm_proxy=npm_proxy, goreleaser=goreleaser)

    @property
    def package(self) -> str:
        """The main npm package; every place has one of its own."""
        return f"unkey-{self.place}"

    @property
    def proxies(self) -> tuple[Proxy, ...]:
        """All that faults can come from."""
        return (*super().proxies, self.npm_proxy)

    def flags(self) -> dict[str, str]:
        """What every call is given."""
        npm = {"--npm-registry": self.npm_proxy.url, "--npm-token": "env://CONVERGENCE_NPM_TOKEN"}
        return {**super().flags(), **npm}

    def tables(self) -> str:
        """The tool's table of the catalogue."""
        return f'[services.cli]\nkind = "cli"\nnpm = "{self.package}"\ngoreleaser_image = "{self.goreleaser}"\n'

    @property
    def packages(self) -> list[str]:
        """All npm packages of a release, the main one first."""
        return [self.package, *(f"{self.package}-{platform}" for platform in sorted(PLATFORMS.values()))]

    def files(self, tag: str) -> dict[str, str]:
        """The files of the one GitHub release of a tag besides the record, by name and digest."""
        (release,) = self.releases(tag)
        assets = sorted((asset.name, asset.content) for asset in release.assets.values() if asset.name != RECORD)
        return {name: f"sha256:{sha256(content).hexdigest()}" for name, content in assets}

    def integrity(self, name: str, version: str) -> str:
        """The hash that the registry has of a package's version."""
        return str(self.npm.package(name)["versions"][version]["dist"]["integrity"])
