"""Where a release stands, as values: printed as a table, or as JSON for a program."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from pipeline.report import document

ImageState = Literal["there", "missing", "other", "none", "not-checked", "unknown"]
ReleaseState = Literal["published", "other", "draft", "missing", "not-checked", "unknown"]
PinState = Literal["same", "behind", "ahead", "none", "not-checked", "unknown"]


class ImageStatus(Struct, frozen=True, kw_only=True):
    """The image: ``other`` is somebody else's in its place, ``none`` a service that ships no image.

    ``not-checked`` is for want of a credential, ``unknown`` for want of an answer; ``detail`` says why.
    """

    state: ImageState
    reference: str | None = None
    digest: str | None = None
    platforms: tuple[str, ...] = ()
    detail: str = ""


class PackageStatus(Struct, frozen=True, kw_only=True):
    """The npm packages of a command-line tool, by the main one; ``missing`` is also when only some are there."""

    state: ImageState
    reference: str
    integrity: str | None = None
    detail: str = ""


class ReleaseStatus(Struct, frozen=True, kw_only=True):
    """The GitHub release: ``other`` is one of another commit, or one that is marked as what it is not."""

    state: ReleaseState
    url: str | None = None
    prerelease: bool | None = None
    latest: bool | None = None
    record: bool | None = None
    published_at: str | None = None
    detail: str = ""


class PinStatus(Struct, frozen=True, kw_only=True):
    """What an environment runs, against this tag: the ``same``, ``behind`` it or ``ahead`` of it."""

    environment: str
    state: PinState
    version: str | None = None
    digest: str | None = None
    url: str | None = None
    detail: str = ""


class Row(Struct, frozen=True, kw_only=True):
    """One tag; ``complete`` is whether both artifacts are there and are the tag's own.

    ``npm`` stands for the image where a tag ships a command-line tool.
    """

    tag: str
    service: str
    version: str
    prerelease: bool
    commit: str
    on_main: bool | None
    image: ImageStatus
    release: ReleaseStatus
    pins: tuple[PinStatus, ...]
    complete: bool
    npm: PackageStatus | UnsetType = UNSET

    @property
    def artifacts(self) -> "tuple[ImageStatus | PackageStatus, ...]":
        """The image, and the packages if there are to be any."""
        return (self.image, self.npm) if isinstance(self.npm, PackageStatus) else (self.image,)


class Status(Struct, frozen=True, kw_only=True):
    """The tags that were asked for, and the services that have none."""

    rows: tuple[Row, ...]
    untagged: tuple[str, ...] = ()

    def json(self) -> str:
        """The status as one JSON document."""
        return document(self)


def is_complete(image: ImageStatus, release: ReleaseStatus, npm: PackageStatus | UnsetType = UNSET) -> bool:
    """Whether both artifacts are there; a command-line tool has packages in place of an image."""
    packaged = not isinstance(npm, PackageStatus) or npm.state == "there"
    return packaged and image.state in ("there", "none") and release.state == "published"
