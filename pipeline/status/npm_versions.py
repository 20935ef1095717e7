"""Which tags of a command-line tool npm has: a registry tells all versions of a package at once, so one read a package
serves all tags.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pipeline.binaries.npm import Npm
from pipeline.journal import part, parts
from pipeline.runtime.concurrency import together
from pipeline.status.present import Present
from pipeline.tag import Tag

LOOKS = 8
"""Packages that are read at once."""


async def present(npm: Npm, package: str, tags: Sequence[Tag]) -> Present:
    """The tags whose version is there: whole, or without a platform's package that the main one names.

    The main package is a part of the running stage that the caller has counted; the others are counted here.

    Raises `Unavailable` when that cannot be told.
    """
    main = await _versions(npm, package)
    named = {tag: _platforms(main[str(tag.version)], str(tag.version)) for tag in tags if str(tag.version) in main}
    others = sorted({name for names in named.values() for name in names})
    parts(len(others))
    read = await together([partial(_versions, npm, other) for other in others], limit=LOOKS)
    there = dict(zip(others, read, strict=True))
    whole = {tag for tag, names in named.items() if all(str(tag.version) in there[name] for name in names)}
    return Present("cli", frozenset(whole), frozenset(named.keys() - whole))


async def _versions(npm: Npm, package: str) -> Mapping[str, Any]:
    with part(f"npm package {package}"):
        versions: Mapping[str, Any] = (await npm.package(package) or {}).get("versions") or {}
        return versions


def _platforms(manifest: Mapping[str, Any], version: str) -> list[str]:
    """The packages that belong to a version: those it names at its own version, and not what else it may need."""
    needed = manifest.get("optionalDependencies") or {}
    return [name for name, wanted in needed.items() if wanted == version]
