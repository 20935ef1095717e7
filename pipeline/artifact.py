"""What a release makes besides the GitHub release, as the order of a release sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pipeline.github.releases import Asset
from pipeline.record import Contents
from pipeline.report import Shipped
from pipeline.source import Pinned

BuiltT = TypeVar("BuiltT")
BuiltT_co = TypeVar("BuiltT_co", covariant=True)
PublishedT = TypeVar("PublishedT", bound="Published")


class Published(Protocol):
    """An artifact that is where people get it from."""

    @property
    def summary(self) -> str:
        """A few words that identify it, such as a digest."""

    @property
    def address(self) -> str:
        """What somebody who wants exactly this one asks for."""

    def instructions(self) -> str:
        """How to get and check it, as Markdown for the release notes."""


@dataclass(frozen=True, slots=True)
class Pushed(Generic[PublishedT]):
    """What is published by now, and whether this run has done any of it."""

    published: PublishedT
    by_this_run: bool = True


class Prepared(Protocol[BuiltT_co]):
    """What a build starts from, read already."""

    async def build(self) -> BuiltT_co:
        """Make it, without any effect outside; raise `BuildFailed` when it cannot be made."""


class Artifact(Protocol[BuiltT, PublishedT]):
    """One kind of artifact. Each kind has a package of its own (`pipeline.image`, `pipeline.binaries`)."""

    @property
    def name(self) -> str:
        """Where it will be, such as an image reference."""

    @property
    def feeds_release(self) -> bool:
        """Whether the GitHub release's files come out of the build, so that it must run while there is no release."""

    @property
    def has_credential(self) -> bool:
        """Whether a credential for publishing was passed."""

    async def find(self, commit: str) -> PublishedT | None:
        """What is published already, if it is this commit's; raise `Refused` when it is something else."""

    async def prepare(self, pinned: Pinned) -> Prepared[BuiltT]:
        """Read what a build of the commit starts from; raise `BuildFailed` where something of that is not there."""

    def told(self, built: BuiltT) -> str:
        """One line on what was built."""

    async def push(self, built: BuiltT) -> Pushed[PublishedT]:
        """Publish it, unless it is there by now, and read it back."""

    def assets(self, built: BuiltT | None) -> tuple[Asset, ...]:
        """The files that the GitHub release carries of it."""

    async def record(self, published: PublishedT, files: Mapping[str, str]) -> Contents:
        """Its part of the release record, read from where it is published; ``files`` are the GitHub release's, by
        name and digest.
        """

    def report(self, published: PublishedT | None, files: Mapping[str, str]) -> Shipped:
        """Its part of the report."""
