"""What each environment runs, read from the infra repository."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semver import Version

from pipeline.errors import BadPin
from pipeline.github import contents
from pipeline.github.api import Github
from pipeline.github.lanes import in_lanes
from pipeline.infra.pin import Image, Pin, read
from pipeline.services.tables import InfraTable
from pipeline.status.rows import PinState, PinStatus
from pipeline.status.unread import Unread
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.Repository import Repository


@dataclass(frozen=True, slots=True)
class Place:
    """A pin that may be there: of which image, in which environment, in which file."""

    image: Image
    environment: str
    path: str


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a file was found to pin: the pin, or why there is none."""

    place: Place
    url: str
    pin: Pin | None
    detail: str = ""


async def every(github: Github, infra: InfraTable, images: list[Image]) -> list[Pinned]:
    """What the infra repository's default branch pins for each of the images, in every environment."""
    places = [
        Place(image, environment, pattern.format(service=image.service))
        for environment, pattern in infra.pins.items()
        for image in images
    ]
    branch = await github.call(contents.default_branch)

    def pinned(repository: "Repository", place: Place) -> Pinned:
        url = f"{github.web}/blob/{branch}/{place.path}"
        file = contents.get(repository, place.path, branch)
        if file is None:
            return Pinned(place, url, None, f"{place.path} is not there")
        try:
            return Pinned(place, url, read(file.text, place.image, place.path))
        except BadPin as error:
            return Pinned(place, url, None, error.message)

    return await in_lanes(github, places, pinned)


def status(
    found: list[Pinned] | Unread, infra: InfraTable | None, tag: Tag, digest: str | None
) -> tuple[PinStatus, ...]:
    """What each environment runs, against a tag whose image has this digest."""
    environments = infra.pins if infra else {}
    if isinstance(found, Unread):
        return tuple(PinStatus(environment=e, state=found.state, detail=found.detail) for e in environments)
    return tuple(_status(pinned, tag, digest) for pinned in found if pinned.place.image.service == tag.service)


def _status(pinned: Pinned, tag: Tag, digest: str | None) -> PinStatus:
    environment, pin = pinned.place.environment, pinned.pin
    if pin is None:
        return PinStatus(environment=environment, state="none", url=pinned.url, detail=pinned.detail)
    state, detail = _relation(pin, tag, digest)
    return PinStatus(
        environment=environment,
        state=state,
        version=pin.tag or None,
        digest=pin.digest or None,
        url=pinned.url,
        detail=detail,
    )


def _relation(pin: Pin, tag: Tag, digest: str | None) -> tuple[PinState, str]:
    if len(pin.tags) > 1 or len(pin.digests) > 1:
        return "unknown", f"pinned differently in several places: {', '.join(sorted(pin.tags | pin.digests))}"
    if not pin.tag:
        return ("same", "") if pin.digest == digest else ("unknown", "pinned by digest only, and not this one")
    version = pin.tag.removeprefix("v")
    if not Version.is_valid(version):
        return "unknown", f"{pin.tag} is not a version"
    if pin.tag == tag.image_tag and pin.digest and digest and pin.digest != digest:
        return "unknown", f"the tag is {pin.tag}, but the digest is another image's"
    order = Version.parse(version).compare(tag.version)
    return ("behind" if order < 0 else "ahead" if order > 0 else "same"), ""
