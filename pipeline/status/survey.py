"""Looking at releases: each remote is listed once, and every tag is looked at beside the others."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from msgspec import UnsetType

from pipeline import source, versions
from pipeline.catalogue import Service
from pipeline.errors import NotOnMain, RequestError, Unavailable, UnknownService, shown
from pipeline.github.api import Github
from pipeline.infra.pin import Image
from pipeline.parties import Parties
from pipeline.runtime.concurrency import both, together
from pipeline.source import Pinned
from pipeline.status import images, packages, pins, released
from pipeline.status.released import Releases
from pipeline.status.rows import ImageStatus, PackageStatus, Row, Status, is_complete
from pipeline.status.unread import Unread, unless_unread
from pipeline.tag import Tag

T = TypeVar("T")

LOOKS = 8
"""Tags that are looked at at once."""


@dataclass(frozen=True, slots=True)
class Listings:
    """What is read once, whatever the number of tags: the releases, and what every environment runs."""

    releases: Releases | Unread
    pins: list[pins.Pinned] | Unread


@dataclass(frozen=True, slots=True)
class Look:
    """What is read for one tag: its commit, whether that is on main, and its image."""

    tag: Tag
    commit: str
    on_main: bool | None
    image: ImageStatus
    npm: PackageStatus | UnsetType


class Survey:
    """One look at where releases stand."""

    def __init__(self, parties: Parties) -> None:
        self._parties = parties

    async def of_tag(self, tag: Tag) -> Status:
        """Where one tag stands. Raises `TagNotFound` when the remote has no such tag."""
        return await self._status([tag], [self._parties.catalogue.service_of(tag)])

    async def newest(self, service: str = "") -> Status:
        """Where the newest tags of a service stand, or of all services: see `newest_of`."""
        services = self.services(service)
        tags = await self.tags(services)
        untagged = tuple(name for name, known in tags.items() if not known)
        return await self._status([tag for known in tags.values() for tag in newest_of(known)], services, untagged)

    def services(self, service: str = "") -> list[Service]:
        """The named service, or all. Raises `UnknownService`."""
        known = self._parties.catalogue.services
        if service and service not in known:
            raise UnknownService(
                f"{shown(service)} is not a service of the catalogue.", next=f"It has: {', '.join(sorted(known))}."
            )
        return [known[service]] if service else list(known.values())

    async def tags(self, services: Sequence[Service]) -> dict[str, list[Tag]]:
        """The release tags of services, lowest version first."""
        works = [partial(source.released_tags, self._parties.source, service.name) for service in services]
        found = await together(works)
        return {service.name: versions.counted(tags) for service, tags in zip(services, found, strict=True)}

    async def listings(self, services: Sequence[Service]) -> Listings:
        """Releases and pins; what cannot be read is told as that."""
        return Listings(*await both(self.releases, partial(self.pins, services)))

    async def releases(self) -> Releases | Unread:
        """All releases on GitHub."""
        github = self._parties.github
        return await _with_token(github, partial(released.every, github))

    async def pins(self, services: Sequence[Service]) -> list[pins.Pinned] | Unread:
        """What every environment runs of these services."""
        parties = self._parties
        wanted = [Image(service=s.name, name=parties.registry.image(s.name)) for s in services if s.kind == "image"]
        if parties.infra is None or parties.catalogue.infra is None:
            return []
        return await _with_token(parties.infra, partial(pins.every, parties.infra, parties.catalogue.infra, wanted))

    async def looks(self, tags: Sequence[Tag]) -> list[Look]:
        """Look at the commit and the image of each tag."""
        return await together([partial(self.look, tag) for tag in tags], limit=LOOKS)

    async def look(self, tag: Tag, *, again: bool = False) -> Look:
        """Look at one tag's commit and image; ``again`` reads anew what this session has read before."""
        pinned = await source.resolve(self._parties.source, tag, again=again)
        service = self._parties.catalogue.service_of(tag)
        artifacts = partial(
            both,
            partial(images.look, self._parties.registry, service, tag, pinned.commit),
            partial(packages.look, self._parties.npm, service, tag, pinned.commit),
        )
        (image, npm), on_main = await both(artifacts, partial(self.is_on_main, pinned, tag))
        return Look(tag, pinned.commit, on_main, image, npm)

    async def is_on_main(self, pinned: Pinned, tag: Tag) -> bool | None:
        """Whether a tag's commit is on main; None when that cannot be told."""
        try:
            await source.verify_ancestry(self._parties.source, pinned, tag)
        except NotOnMain:
            return False
        except (Unavailable, RequestError):
            return None
        return True

    def row(self, look: Look, listings: Listings) -> Row:
        """One tag's row."""
        release = released.status(listings.releases, look.tag, look.commit)
        environments = pins.status(listings.pins, self._parties.catalogue.infra, look.tag, look.image.digest)
        return Row(
            tag=look.tag.name,
            service=look.tag.service,
            version=str(look.tag.version),
            prerelease=look.tag.prerelease,
            commit=look.commit,
            on_main=look.on_main,
            image=look.image,
            release=release,
            pins=environments,
            complete=is_complete(look.image, release, look.npm),
            npm=look.npm,
        )

    async def _status(self, tags: Sequence[Tag], services: Sequence[Service], untagged: tuple[str, ...] = ()) -> Status:
        listings, looks = await both(partial(self.listings, services), partial(self.looks, tags))
        return Status(rows=tuple(self.row(look, listings) for look in looks), untagged=untagged)


def newest_of(tags: Sequence[Tag]) -> list[Tag]:
    """A service's highest stable version, and above it its highest candidate, if there is one."""
    stable = versions.highest_stable(tags)
    last = tags[-1] if tags else None
    return [tag for tag in (stable, last if last and last.prerelease else None) if tag]


async def _with_token(github: Github, work: Callable[[], Awaitable[T]]) -> T | Unread:
    if github.credential.secret is None:
        return Unread("not-checked", f"no GitHub token: {github.credential.missing}")
    return await unless_unread(work, github.credential)
