"""Where the npm packages of one tag stand."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import UNSET, UnsetType

from pipeline.binaries import published
from pipeline.binaries.npm import Npm
from pipeline.binaries.published import PublishedPackages
from pipeline.catalogue import Service
from pipeline.errors import PackageTaken
from pipeline.status.rows import PackageStatus
from pipeline.status.unread import Unread, unless_unread
from pipeline.tag import Tag

T = TypeVar("T")


async def unless_unread_of(npm: Npm, work: Callable[[], Awaitable[T]]) -> T | Unread:
    """What the work gives, or why npm could not be read: without a token a private package looks like none at all."""
    if npm.credential.secret is None:
        return Unread("not-checked", f"no npm token: {npm.credential.missing}")
    return await unless_unread(work, npm.credential)


async def look(npm: Npm, service: Service, tag: Tag, commit: str) -> PackageStatus | UnsetType:
    """Read what the npm registry has of the tag's version; unset for a service that ships no package."""
    if service.kind != "cli":
        return UNSET
    reference = f"{service.table.npm}@{tag.version}"

    async def find() -> PublishedPackages | None:
        return await published.find(npm, service.table.npm, str(tag.version), commit)

    try:
        found = await unless_unread_of(npm, find)
    except PackageTaken as error:
        return PackageStatus(state="other", reference=reference, detail=error.message)
    if isinstance(found, Unread):
        return PackageStatus(state=found.state, reference=reference, detail=found.detail)
    if found is None:
        return PackageStatus(state="missing", reference=reference)
    return PackageStatus(state="there", reference=reference, integrity=found.main.integrity)
