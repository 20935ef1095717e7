"""What a person asks ``pipeline tag`` for: services, and a version for each or a way to find it."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from pipeline.catalogue import Catalogue, Service
from pipeline.errors import BadFlag, UnknownService, shown
from pipeline.tag import Tag
from pipeline.versions import Bump


@dataclass(frozen=True, slots=True)
class Wish:
    """One service to tag; ``tag`` is there when its version was named."""

    service: Service
    tag: Tag | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """All of it: how versions are found, what is tagged and how, and what is left out or allowed."""

    wishes: tuple[Wish, ...]
    bump: Bump | None
    label: str | None
    clone: Path
    ref: str
    fetch: bool
    force_older: bool
    annotate: bool
    sign: bool


def wishes(words: Sequence[str], catalogue: Catalogue, *, by_version: bool) -> tuple[Wish, ...]:
    """Read ``SERVICE``, ``SERVICE@vX.Y.Z`` or a tag's whole name; ``by_version`` is whether flags choose the version.

    Raises `UnknownService`, `BadTag`, or `BadFlag` for a service named twice or flags that would do nothing.
    """
    found = tuple(_wish(word, catalogue) for word in words)
    names = [wish.service.name for wish in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise BadFlag(f"{shown(twice)} is named twice.", next="Name each service once: one tag at a time.")
    if by_version and all(wish.tag for wish in found):
        raise BadFlag(
            "Every version is named already, so --bump, --rc and --pre have nothing to choose.", next="Leave them out."
        )
    return found


def _wish(word: str, catalogue: Catalogue) -> Wish:
    if "/" in word or "@" in word:
        tag = Tag.parse(word.replace("@", "/", 1))
        return Wish(catalogue.service_of(tag), tag)
    if word in catalogue.services:
        return Wish(catalogue.services[word], None)
    close = get_close_matches(word, catalogue.services, n=1)
    meant = f"Did you mean {close[0]}? " if close else ""
    raise UnknownService(
        f"{shown(word)} is not a service of the catalogue.",
        next=f"{meant}The catalogue has: {', '.join(sorted(catalogue.services))}.",
    )
