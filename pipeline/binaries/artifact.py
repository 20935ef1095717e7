"""The command-line tool as an artifact of a release: npm packages, and the files of the GitHub release."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import dagger
from semver import Version

from pipeline import source
from pipeline.artifact import Pushed
from pipeline.binaries import config, dist, goreleaser, packages, published
from pipeline.binaries.goreleaser import Inputs, Output
from pipeline.binaries.npm import Npm
from pipeline.binaries.packages import About, Package
from pipeline.binaries.published import PublishedPackages
from pipeline.catalogue import Service
from pipeline.github.releases import RECORD, Asset
from pipeline.record import Contents
from pipeline.report import FileReport, PackageReport, Shipped
from pipeline.runtime.concurrency import both
from pipeline.runtime.credentials import Credential
from pipeline.source import Pinned, Source
from pipeline.tag import Tag

PAID_IMAGE = "goreleaser-pro"
"""What tells an image of the paid edition; the key is shown to no other."""


@dataclass(frozen=True, slots=True)
class BuiltBinaries:
    """The files of the GitHub release, the npm packages (the main one last), and GoReleaser's whole output."""

    files: tuple[Asset, ...]
    packages: tuple[Package, ...]
    directory: dagger.Directory
    released: tuple[Version, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreparedBinaries:
    """What a command-line tool is built from: the tagged tree with its git directory, the release, the npm package's
    name, and all other released versions.
    """

    tree: dagger.Directory
    inputs: Inputs
    npm: str
    released: tuple[Version, ...]

    async def build(self) -> BuiltBinaries:
        """Run GoReleaser, and make packages of what it built."""
        output = await goreleaser.run(self.tree, self.inputs)
        about = About(
            name=self.npm,
            version=str(self.inputs.tag.version),
            commit=self.inputs.commit,
            committed=self.inputs.committed,
            repository_url=self.inputs.repository_url,
            described=output.prepared.npm,
        )
        made = packages.packages(about, dist.programs(output.made), output.contents)
        return BuiltBinaries(
            files=_assets(output),
            packages=tuple(made),
            directory=output.directory,
            released=self.released,
            notes=tuple(config.described(output.prepared.left_out)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """What one tag of a command-line tool ships."""

    service: Service
    tag: Tag
    source: Source
    npm: Npm
    key: Credential
    repository: str
    repository_url: str

    @property
    def name(self) -> str:
        """The main package: ``unkey@1.2.3``."""
        return f"{self.service.table.npm}@{self.tag.version}"

    @property
    def feeds_release(self) -> bool:
        """The GitHub release carries the archives."""
        return True

    @property
    def has_credential(self) -> bool:
        """Whether an npm token was passed."""
        return self.npm.credential.secret is not None

    async def find(self, commit: str) -> PublishedPackages | None:
        """The packages, if they are this commit's; otherwise there has to be a token that could publish them."""
        found = await published.find(self.npm, self.service.table.npm, str(self.tag.version), commit)
        if found is None:
            await self.npm.check_token()
        return found

    async def prepare(self, pinned: Pinned) -> PreparedBinaries:
        """The commit's time, which comes with its tree, and the versions that dist-tags are compared with."""
        committed, others = await both(
            partial(source.commit_time, self.source, pinned),
            partial(source.released_tags, self.source, self.tag.service),
        )
        released = tuple(other.version for other in others if other.version != self.tag.version)
        return PreparedBinaries(pinned.ref.tree(), self._inputs(pinned, committed), self.service.table.npm, released)

    def told(self, built: BuiltBinaries) -> str:
        """The main package, how much there is, and what the configuration names in vain."""
        counts = f"{len(built.files)} files, {len(built.packages)} packages"
        return "; ".join([f"{self.name}: {counts}", *built.notes])

    async def push(self, built: BuiltBinaries) -> Pushed[PublishedPackages]:
        """See `pipeline.binaries.published.publish`."""
        return await published.publish(self.npm, built.packages, built.released)

    def assets(self, built: BuiltBinaries | None) -> tuple[Asset, ...]:
        """The archives, the checksums, and whatever else GoReleaser made for a release."""
        return built.files if built else ()

    async def record(self, published: PublishedPackages, files: Mapping[str, str]) -> Contents:
        """The release's files and the packages, each by its hash."""
        named = {f"{package.name}@{package.version}": package.integrity for package in published.all}
        return Contents(archives=dict(files), packages=named)

    def report(self, published: PublishedPackages | None, files: Mapping[str, str]) -> Shipped:
        """The release's files and the packages; before anything is published only the main one, by its name."""
        archives = tuple(
            FileReport(name=name, digest=digest) for name, digest in sorted(files.items()) if name != RECORD
        )
        if published is None:
            named: tuple[PackageReport, ...] = (
                PackageReport(name=self.service.table.npm, version=str(self.tag.version), integrity=None),
            )
        else:
            named = tuple(PackageReport(name=p.name, version=p.version, integrity=p.integrity) for p in published.all)
        return Shipped(archives=archives, packages=named)

    def _inputs(self, pinned: Pinned, committed: datetime) -> Inputs:
        return Inputs(
            service=self.service,
            tag=self.tag,
            repository=self.repository,
            repository_url=self.repository_url,
            commit=pinned.commit,
            committed=committed,
            key=self.key.secret if PAID_IMAGE in self.service.table.goreleaser_image else None,
        )


def _assets(output: Output) -> tuple[Asset, ...]:
    return tuple(Asset(name=file.name, content=output.contents[file.path]) for file in dist.release_files(output.made))
