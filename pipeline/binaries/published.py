"""npm packages of one release: what is published of them, and publishing what is missing.

A version on npm can never be replaced. What is there is adopted when it has the same content and refused when not;
the platform packages come first and the main one last, so that a main package never names what is not there.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from semver import Version

from pipeline.artifact import Pushed
from pipeline.binaries import tags
from pipeline.binaries.document import Json
from pipeline.binaries.npm import Npm
from pipeline.binaries.packages import Package, same_content
from pipeline.errors import FORWARD_FIX, Mismatch, PackageTaken, RegistryUnavailable
from pipeline.runtime import retry
from pipeline.runtime.concurrency import together


@dataclass(frozen=True, slots=True, order=True)
class PublishedPackage:
    """A version of a package in the registry, and its tarball's hash as the registry has it."""

    name: str
    version: str
    integrity: str


@dataclass(frozen=True, slots=True)
class PublishedPackages:
    """All packages of one release; the main one first."""

    main: PublishedPackage
    platforms: tuple[PublishedPackage, ...]

    @property
    def all(self) -> tuple[PublishedPackage, ...]:
        """The main package, then the others by name."""
        return (self.main, *self.platforms)

    @property
    def summary(self) -> str:
        """The main package and its hash."""
        return f"{self.main.name}@{self.main.version} {self.main.integrity}"

    @property
    def address(self) -> str:
        """Such as ``unkey@1.2.3``."""
        return f"{self.main.name}@{self.main.version}"

    def instructions(self) -> str:
        """How to install it, as Markdown for the release notes."""
        return (
            f"npm: `{self.address}`\n\n```\nnpm install --global {self.address}\n```\n\n"
            "Or download an archive below and check it against the checksums beside it."
        )


async def find(npm: Npm, name: str, version: str, commit: str) -> PublishedPackages | None:
    """The main package of this version and all that it names, if they are this commit's; None if any is missing.

    Raises `PackageTaken` when one is another commit's.
    """
    manifest = _version(await npm.package(name), version)
    if manifest is None:
        return None
    _check_commit(name, version, manifest, commit)
    others = sorted(manifest.get("optionalDependencies") or {})
    found = await together([partial(_find_one, npm, other, version, commit) for other in others])
    there = tuple(package for package in found if package)
    if len(there) < len(others):
        return None
    return PublishedPackages(_published(name, version, manifest), there)


async def publish(npm: Npm, packages: Sequence[Package], released: Collection[Version]) -> Pushed[PublishedPackages]:
    """Publish what is missing, in the packages' order, and read all of them back.

    ``released`` are the service's other versions, which decide what is latest. Everything is compared before anything
    is published. Raises `PackageTaken`, `RegistryUnavailable`, `NotAuthorized`, or `Mismatch`.
    """
    missing = [
        package
        for package, there in zip(packages, await together([partial(_is_there, npm, p) for p in packages]), strict=True)
        if not there
    ]
    for package in missing:
        await _publish_one(npm, package, released)
    *platforms, main = [await _read_back(npm, package) for package in packages]
    return Pushed(PublishedPackages(main, tuple(platforms)), by_this_run=bool(missing))


async def _find_one(npm: Npm, name: str, version: str, commit: str) -> PublishedPackage | None:
    manifest = _version(await npm.package(name), version)
    if manifest is None:
        return None
    _check_commit(name, version, manifest, commit)
    return _published(name, version, manifest)


async def _is_there(npm: Npm, package: Package) -> bool:
    """Whether the registry has this very package. Raises `PackageTaken` when it has another of that version."""
    manifest = _version(await npm.package(package.name), package.version)
    if manifest is None:
        return False
    there = _published(package.name, package.version, manifest)
    if there.integrity == package.integrity:
        return True
    url = str((manifest.get("dist") or {}).get("tarball"))
    if same_content(await npm.tarball(url), package.tarball):
        return True
    raise PackageTaken(
        f"{package.name}@{package.version} is taken: it is {there.integrity}, and this release's is "
        f"{package.integrity}.",
        next=f"It is left as it is. {FORWARD_FIX}",
    )


async def _publish_one(npm: Npm, package: Package, released: Collection[Version]) -> None:
    version = Version.parse(package.version)
    known = await npm.package(package.name) or {}
    others = {*released, *tags.versions(known.get("versions") or {})} - {version}
    tag = tags.dist_tag(version, others)
    if not await npm.publish(package, tag):
        await _is_there(npm, package)
    await _give_way(npm, package.name, tag, version)


async def _give_way(npm: Npm, name: str, tag: str, version: Version) -> None:
    """Move the tag on when a higher version came in between the look and the publishing."""
    known = await npm.package(name) or {}
    if tag == tags.OTHER or (known.get("dist-tags") or {}).get(tag) != str(version):
        return
    there = tags.versions(known.get("versions") or {})
    better = [other for other in there if other > version and tags.dist_tag(other, there) == tag]
    if better:
        await npm.move_tag(name, tag, str(max(better)))


async def _read_back(npm: Npm, package: Package) -> PublishedPackage:
    async def look() -> PublishedPackage:
        manifest = _version(await npm.package(package.name), package.version)
        if manifest is None:
            raise RegistryUnavailable(
                f"{package.name}@{package.version} was published, but the npm registry {npm.url} does not show it.",
                next="Run the same call again in a minute: it does only what is missing.",
                passing=True,
            )
        return _published(package.name, package.version, manifest)

    there = await retry.again(look)
    if there.integrity != package.integrity and not await _is_there(npm, package):
        raise Mismatch(
            f"{package.name}@{package.version} was published, but is gone from {npm.url}.",
            next="Run the same call again: it does only what is missing.",
        )
    return there


def _version(known: Json | None, version: str) -> Json | None:
    manifest: Json | None = (known or {}).get("versions", {}).get(version)
    return manifest


def _published(name: str, version: str, manifest: Json) -> PublishedPackage:
    return PublishedPackage(name, version, str((manifest.get("dist") or {}).get("integrity")))


def _check_commit(name: str, version: str, manifest: Json, commit: str) -> None:
    head = manifest.get("gitHead")
    if head != commit:
        raise PackageTaken(
            f"{name}@{version} is taken: it is of commit {head or 'unknown'}, not {commit}.",
            next=f"It is left as it is. {FORWARD_FIX}",
        )
