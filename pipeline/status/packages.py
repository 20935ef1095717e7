"""Where the npm packages of one tag stand."""

from msgspec import UNSET, UnsetType

from pipeline.binaries import published
from pipeline.binaries.npm import Npm
from pipeline.binaries.published import PublishedPackages
from pipeline.catalogue import Service
from pipeline.errors import PackageTaken
from pipeline.status.rows import PackageStatus
from pipeline.status.unread import Unread, unless_unread
from pipeline.tag import Tag


async def look(npm: Npm, service: Service, tag: Tag, commit: str) -> PackageStatus | UnsetType:
    """Read what the npm registry has of the tag's version; unset for a service that ships no package."""
    if service.kind != "cli":
        return UNSET
    reference = f"{service.table.npm}@{tag.version}"
    if npm.credential.secret is None:
        return PackageStatus(state="not-checked", reference=reference, detail=f"no npm token: {npm.credential.missing}")

    async def find() -> PublishedPackages | None:
        return await published.find(npm, service.table.npm, str(tag.version), commit)

    try:
        found = await unless_unread(find, npm.credential)
    except PackageTaken as error:
        return PackageStatus(state="other", reference=reference, detail=error.message)
    if isinstance(found, Unread):
        return PackageStatus(state=found.state, reference=reference, detail=found.detail)
    if found is None:
        return PackageStatus(state="missing", reference=reference)
    return PackageStatus(state="there", reference=reference, integrity=found.main.integrity)
