"""Promotion and rollback: the checks, then one pull request that moves one pin.

Everything may be repeated, by one run or by several at once: each step looks first, and the branch's name says what
the pull request is for.
"""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from semver import Version

from pipeline import source, versions
from pipeline.errors import BadFlag, NotAnImage, NotPromotable, UnknownEnvironment, shown
from pipeline.github import releases
from pipeline.github.api import Github
from pipeline.infra import pin
from pipeline.infra.pin import Image, Pin
from pipeline.parties import Parties
from pipeline.promotion import body
from pipeline.promotion.move import Direction, Move, Place, current
from pipeline.promotion.propose import propose
from pipeline.promotion.report import PromotionReport
from pipeline.runtime.concurrency import both
from pipeline.services.tables import InfraTable
from pipeline.status import released
from pipeline.status.confirm import looked_at
from pipeline.status.rows import Row
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.Repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for; ``prerelease`` lets a pre-release into the environment."""

    direction: Direction
    environment: str
    prerelease: bool = False
    dry_run: bool = False


async def promote(parties: Parties, tag: Tag, wish: Wish) -> PromotionReport:
    """Move an environment's pin to a released version, by pull request, or say that it is there.

    Raises `NotAnImage`, `UnknownEnvironment`, `NotPromotable`, `NotReleased` and its kin, `WrongImage` or `BadPin`.
    """
    infra, table = _infra(parties)
    place = _place(table, tag.service, wish.environment)
    if parties.catalogue.service_of(tag).kind != "image":
        raise NotAnImage(f"{tag} makes no image, so nothing pins it.", next="Promote a service instead.")
    if tag.prerelease and not wish.prerelease:
        raise NotPromotable(
            f"{tag} is a pre-release, and {wish.environment} takes stable versions.",
            next="Promote the stable version, or ask for this one by adding --prerelease.",
        )
    row, notes = await both(
        partial(_released, parties, tag), partial(parties.github.call, partial(releases.body, tag=tag))
    )
    image = Image(
        service=tag.service,
        name=parties.registry.image(tag.service),
        tag=tag.image_tag,
        digest=row.image.digest or "",
    )
    move = await infra.call(lambda repository: _move(repository, wish.direction, tag, place, image))
    if move.is_done or wish.dry_run:
        return PromotionReport.of(move, "already-pinned" if move.is_done else "planned")
    text = body.render(move, release_url=row.release.url or "", notes=notes)
    return await infra.call(lambda repository: propose(repository, move, text))


async def released_before(parties: Parties, service: str, environment: str) -> Tag:
    """The highest released stable version of a service that is below what the environment pins.

    Raises `NotPromotable` when there is none, or when what is pinned is no version.
    """
    infra, table = _infra(parties)
    place = _place(table, service, environment)
    image = Image(service=service, name=parties.registry.image(service))
    _, now, _ = await infra.call(lambda repository: current(repository, place, image))
    version = _version(now)
    tags, listed = await both(
        partial(source.released_tags, parties.source, service), partial(released.every, parties.github)
    )
    lower = [tag for tag in tags if version and tag.version < version and tag.name in listed.published]
    found = versions.highest_stable(lower)
    if found is None:
        raise NotPromotable(
            f"{environment} pins {now.tag or 'no version'} of {service}, and no released stable version is lower.",
            next=f"Name one: --tag {service}/vX.Y.Z.",
        )
    return found


def _infra(parties: Parties) -> tuple[Github, InfraTable]:
    if parties.infra is None or parties.catalogue.infra is None:
        raise UnknownEnvironment("The catalogue has no infra repository.", next="Add [infra] to services.toml.")
    return parties.infra, parties.catalogue.infra


def _place(infra: InfraTable, service: str, environment: str) -> Place:
    if environment not in infra.pins:
        raise UnknownEnvironment(
            f"{shown(environment)} is not an environment of the catalogue.",
            next=f"It has: {', '.join(sorted(infra.pins)) or 'none; add it to [infra.pins]'}.",
        )
    return Place(
        environment=environment,
        pin_path=infra.pins[environment].format(service=service),
        values_path=infra.values.format(service=service),
    )


async def _released(parties: Parties, tag: Tag) -> Row:
    """Where the tag stands, once both its artifacts are known to exist and to agree."""
    found = await looked_at(parties, tag)
    if found.problem or found.row is None:
        raise found.problem or NotPromotable(
            f"{tag} is not released yet.", next=f"Release it first: pipeline release --tag {tag}."
        )
    return found.row


def _move(repository: "Repository", direction: Direction, tag: Tag, place: Place, image: Image) -> Move:
    file, before, base = current(repository, place, image)
    _check_direction(direction, tag, place, before)
    return Move(
        direction=direction,
        tag=tag,
        image=image,
        place=place,
        base=base,
        file=file,
        text=pin.moved(file.text, image, file.path),
        before=before,
    )


def _check_direction(direction: Direction, tag: Tag, place: Place, before: Pin) -> None:
    now = _version(before)
    if now is None or now == tag.version:
        return
    if direction == "promote" and tag.version < now:
        raise NotPromotable(
            f"{place.environment} runs {before.tag} of {tag.service}, which is higher than {tag.image_tag}.",
            next=f"If that is meant: pipeline rollback --tag {tag} --environment {place.environment}.",
        )
    if direction == "rollback" and tag.version > now:
        raise NotPromotable(
            f"{place.environment} runs {before.tag} of {tag.service}, which is lower than {tag.image_tag}.",
            next=f"If that is meant: pipeline promote --tag {tag} --environment {place.environment}.",
        )


def _version(now: Pin) -> Version | None:
    version = now.tag.removeprefix("v")
    return Version.parse(version) if Version.is_valid(version) else None


def requested(tag: str, service: str) -> Tag | None:
    """The tag a rollback names, or None when it names a service. Raises `BadFlag` unless it names exactly one."""
    if bool(tag) == bool(service):
        raise BadFlag("A rollback takes one of --tag and --service.", next="Name the version, or only the service.")
    return Tag.parse(tag) if tag else None
