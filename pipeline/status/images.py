"""Where one tag's image stands."""

from pipeline.catalogue import Service
from pipeline.errors import ImageTaken
from pipeline.image import registry
from pipeline.image.published import PublishedImage
from pipeline.image.registry import Registry
from pipeline.status.rows import ImageStatus
from pipeline.status.unread import Unread, unless_unread
from pipeline.tag import Tag


async def look(images: Registry, service: Service, tag: Tag, commit: str) -> ImageStatus:
    """Read what the registry has at the tag, and whether it is this commit's for every platform."""
    if service.kind != "image":
        return ImageStatus(state="none")
    reference = images.reference(tag)

    async def find() -> PublishedImage | None:
        return await registry.find(images, reference, service.platforms, commit)

    try:
        found = await unless_unread(find, images.credential)
    except ImageTaken as error:
        return ImageStatus(state="other", reference=reference, detail=error.message)
    if isinstance(found, Unread):
        return ImageStatus(state=found.state, reference=reference, detail=found.detail)
    if found is None:
        return ImageStatus(state="missing", reference=reference)
    return ImageStatus(state="there", reference=reference, digest=found.digest, platforms=service.platforms)
