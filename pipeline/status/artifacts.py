"""What services ship, for all their tags at once: images in the registry, packages in npm."""

from collections.abc import Sequence
from functools import partial

from pipeline.catalogue import Service
from pipeline.parties import Parties
from pipeline.status import image_tags, npm_versions, packages
from pipeline.status.present import Present
from pipeline.status.unread import Unread, unless_unread
from pipeline.tag import Tag

WHAT = {"image": "images", "cli": "npm packages"}
"""What a service of each kind ships, in words."""


async def present(parties: Parties, service: Service, tags: Sequence[Tag]) -> Present | Unread:
    """Those of a service's tags that have what it ships; nothing is read for a service without tags."""
    kind = service.kind
    if not tags:
        return Present(kind)
    if kind == "cli":
        return await packages.unless_unread_of(
            parties.npm, partial(npm_versions.present, parties.npm, service.table.npm, tags)
        )
    known = partial(image_tags.present, parties.registry, service.name, tags)
    found = await unless_unread(known, parties.registry.credential)
    return found if isinstance(found, Unread) else Present(kind, found)
