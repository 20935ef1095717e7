"""What a file of the infra repository pins: read, and moved to another version.

Four ways to pin are understood, in any nesting, with anchors, aliases and merge keys, beside other images:
``repository`` (or kustomize's ``name``) with ``tag``, ``newTag`` or ``digest``; one string ``image:tag@digest``; and,
in a file that names no image, a lone ``tag``, ``version`` or ``digest``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.errors import BadPin, shown
from pipeline.infra.yaml_text import Table, Value, described, replaced, tables

TAG_KEYS = ("tag", "newTag", "imageTag", "version")
DIGEST_KEY = "digest"
IMAGE_KEYS = ("repository", "newName", "image")
NAME_KEYS = (*IMAGE_KEYS, "name")

_VERSION = re.compile(r"v?\d+\.\d+\.\d+([-+].*)?")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What to pin, or what is looked for: a service's image, by name, tag and digest."""

    service: str
    name: str
    tag: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """What is pinned: versions as image tags (``v0.4.0``) and digests; more than one where places differ."""

    tags: frozenset[str]
    digests: frozenset[str]

    @property
    def tag(self) -> str:
        """The one version that is pinned, or nothing."""
        return next(iter(self.tags)) if len(self.tags) == 1 else ""

    @property
    def digest(self) -> str:
        """The one digest that is pinned, or nothing."""
        return next(iter(self.digests)) if len(self.digests) == 1 else ""


def read(source: str, image: Image, file: str) -> Pin:
    """What a file pins for the image's service. Raises `BadPin` when that cannot be told."""
    tags: set[str] = set()
    digests: set[str] = set()
    for value in _pinned(source, image, file):
        tag, digest = _parts(value.text, image)
        tags |= {_plain_tag(tag, image.service)} if tag else set()
        digests |= {digest} if digest else set()
    return Pin(frozenset(tags), frozenset(digests))


def moved(source: str, image: Image, file: str) -> str:
    """The file's text with the pin moved to the image's tag and digest, and not a character else changed.

    What is pinned stays pinned the same way: by tag, by digest or both, with or without the leading ``v``.
    Raises `BadPin` when the pin cannot be told from other values.
    """
    text = replaced(source, [(value, _like(value.text, image)) for value in _pinned(source, image, file)])
    now = read(text, image, file)
    if now.tags - {image.tag} or now.digests - {image.digest}:
        raise BadPin(f"{file} does not pin {image.tag} after the change.", next="Move this pin by hand.")
    return text


def _pinned(source: str, image: Image, file: str) -> list[Value]:
    found = tables(source, file)
    values = [value for table in found for value in _named(table, image)] or _unnamed(found, image, file)
    pinned = [value for value in values if value.text]
    if not pinned:
        raise BadPin(
            f"{file} pins neither a tag nor a digest of {image.name}.", next="Add the pin by hand once, then run again."
        )
    shared = {value.node for table in found for value in _foreign(table, image)}
    if any(value.node in shared for value in pinned):
        raise BadPin(
            f"{file} pins {image.name} through an anchor that another image uses too.",
            next="Give each image a value of its own, then run the same call again.",
        )
    return pinned


def _named(table: Table, image: Image) -> Iterator[Value]:
    """The values that pin the image in a mapping that names it, and whole strings that start with its name."""
    if image.name in _names(table):
        yield from _tag_and_digest(table)
    for value in table.values.values():
        if value.text.startswith((f"{image.name}:", f"{image.name}@")):
            yield value


def _foreign(table: Table, image: Image) -> Iterator[Value]:
    if _names(table, IMAGE_KEYS) and image.name not in _names(table):
        yield from _tag_and_digest(table)


def _names(table: Table, keys: Sequence[str] = NAME_KEYS) -> set[str]:
    """The images that a mapping may mean; some charts keep the registry's host apart."""
    names = {table.values[key].text for key in keys if key in table.values}
    host = table.values.get("registry")
    return names | {f"{host.text}/{name}" for name in names if host}


def _tag_and_digest(table: Table) -> Iterator[Value]:
    tag = next((table.values[key] for key in TAG_KEYS if key in table.values), None)
    digest = table.values.get(DIGEST_KEY)
    yield from (value for value in (tag, digest) if value)


def _unnamed(found: list[Table], image: Image, file: str) -> list[Value]:
    """The one mapping that pins a version without naming an image; the service's own where there are several."""
    candidates = [
        table for table in found if not _names(table, IMAGE_KEYS) - {image.service} and _looks_pinned(table, image)
    ]
    own = [table for table in candidates if image.service in (*table.path, *_names(table))]
    candidates = own or candidates
    candidates = [table for table in candidates if "version" not in table.values] or candidates
    if len(candidates) > 1:
        raise BadPin(
            f"{file} pins a version in {len(candidates)} places: {described([table.path for table in candidates])}.",
            next=f"Write the image's name ({image.name}) beside the one that is meant, as repository.",
        )
    return [value for table in candidates for value in _tag_and_digest(table)]


def _looks_pinned(table: Table, image: Image) -> bool:
    parts = [_parts(value.text, image) for value in _tag_and_digest(table)]
    return any(digest or _VERSION.fullmatch(_plain_tag(tag, image.service)) for tag, digest in parts)


def _parts(text: str, image: Image) -> tuple[str, str]:
    """A value's tag and digest: ``name:tag@digest``, ``tag@digest``, or one of them."""
    if _DIGEST.fullmatch(text):
        return "", text
    tag, _, digest = text.removeprefix(image.name).removeprefix(":").partition("@")
    return tag, digest


def _plain_tag(tag: str, service: str) -> str:
    version = tag.removeprefix(f"{service}/")
    return f"v{version}" if version[:1].isdigit() and _VERSION.fullmatch(version) else version


def _like(old: str, image: Image) -> str:
    """The image's tag and digest, written the way the old value is."""
    tag, digest = _parts(old, image)
    name = image.name if old.startswith(image.name) else ""
    new = image.tag.removeprefix("v") if tag[:1].isdigit() and _VERSION.fullmatch(tag) else image.tag
    namespace = f"{image.service}/" if tag.startswith(f"{image.service}/") else ""
    if namespace and tag.removeprefix(namespace)[:1].isdigit():
        new = image.tag.removeprefix("v")
    after_tag = f"{namespace}{new}" if tag else ""
    if digest and not image.digest:
        raise BadPin(
            f"{shown(old)} is a pin by digest, and {image.name}:{image.tag} has none to move it to.",
            next=f"See whether that image is there: pipeline confirm --tag {image.service}/{image.tag}.",
        )
    joint = "@" if digest and (tag or name) else ""
    return f"{name}{':' if name and tag else ''}{after_tag}{joint}{image.digest if digest else ''}"
