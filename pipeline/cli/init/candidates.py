"""The services that a monorepo seems to have, told from its Dockerfiles, its folders and its tags."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from pipeline.cli.init.recipe import Recipe
from pipeline.cli.init.survey import Survey
from pipeline.errors import BadTag
from pipeline.tag import SERVICE_NAME, Tag

GIVEN = "SERVICE"
"""The build argument that names the service in every build."""

SHARED = ("go.mod", "go.sum", "internal", "pkg", "libs", "packages", "package.json", "pnpm-lock.yaml", "Cargo.lock")
"""Usual names of what services of one monorepo share."""

_MEANINGLESS = ("docker", "build", "deploy", "images", "containers", ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A service as it would be written into the catalogue."""

    name: str
    kind: str = "image"
    dockerfile: str = ""
    context: str = "."
    target: str = ""
    build_args: dict[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    goreleaser: str = ""
    npm: str = ""
    cross_compiles: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """The services found, by name, and what was seen but left out, as lines for a person."""

    services: tuple[Candidate, ...]
    remarks: tuple[str, ...]


def find(survey: Survey) -> Findings:
    """Look for services. The first candidate of a name wins."""
    spaces = namespaces(survey)
    found: dict[str, Candidate] = {}
    remarks = []
    for candidate in [*_images(survey, spaces), *_binaries(survey, spaces)]:
        name = _valid(candidate.name)
        where = candidate.dockerfile or candidate.goreleaser
        if not name:
            remarks.append(f"{where}: '{candidate.name}' cannot be a tag namespace and an image name; left out.")
        elif name in found:
            remarks.append(f"{where}: {name} is built by {found[name].dockerfile} already; left out.")
        else:
            found[name] = replace(candidate, name=name)
    remarks += [
        f"There are tags {space}/v…, but nothing here builds {space}." for space in spaces if space not in found
    ]
    return Findings(tuple(sorted(found.values(), key=lambda one: one.name)), tuple(remarks))


def namespaces(survey: Survey) -> list[str]:
    """What comes before the slash in the clone's release tags."""
    found = set()
    for name in survey.tags:
        with suppress(BadTag):
            found.add(Tag.parse(name).service)
    return sorted(found)


def _images(survey: Survey, spaces: list[str]) -> Iterator[Candidate]:
    for path in survey.files:
        if Recipe.is_one(path):
            recipe = Recipe.parse(path, survey.text(path))
            several = list(_by_argument(survey, recipe)) or list(_by_target(survey, recipe, spaces))
            yield from several or [_alone(survey, recipe)]


def _by_argument(survey: Survey, recipe: Recipe) -> Iterator[Candidate]:
    """One Dockerfile, in which a build argument chooses a folder such as ``cmd/${SERVICE}``."""
    chosen = [(folder, argument) for folder, argument in recipe.chosen() if survey.inside(folder)]
    for folder, argument in chosen[:1]:
        for name in survey.inside(folder):
            shared = [path for path in SHARED if survey.has(path)]
            yield Candidate(
                name=name,
                dockerfile=recipe.path,
                build_args={} if argument == GIVEN else {argument: name},
                paths=(f"{folder}/{name}", *shared),
                cross_compiles=recipe.cross_compiles,
            )


def _by_target(survey: Survey, recipe: Recipe, spaces: list[str]) -> Iterator[Candidate]:
    """One Dockerfile with a stage per service."""
    targets = recipe.targets()
    if len(targets) < 2 and not set(targets) & set(spaces):
        return
    folder = str(PurePosixPath(recipe.path).parent)
    context = _context(survey, recipe)
    for target in targets:
        own = [name for name in sorted(survey.folders, key=len) if PurePosixPath(name).name == target][:1]
        shared = [path for path in SHARED if survey.has(path)] if own else []
        yield Candidate(
            name=target,
            dockerfile=recipe.path,
            context=context,
            target=target,
            paths=tuple([*own, *shared] if own else [] if folder == "." else [folder]),
            cross_compiles=recipe.cross_compiles,
        )


def _alone(survey: Survey, recipe: Recipe) -> Candidate:
    """A Dockerfile of one service, which is called as the file or its folder is."""
    folder = PurePosixPath(recipe.path).parent
    repository = survey.origin.repository.partition("/")[2] if survey.origin else survey.root.name
    named = [part for part in reversed(folder.parts) if part not in _MEANINGLESS]
    context = _context(survey, recipe)
    copied = [path for path in recipe.copied() if "$" not in path]
    whole = not copied or any(path == "." or "*" in path for path in copied)
    return Candidate(
        name=recipe.named or (named or [repository])[0],
        dockerfile=recipe.path,
        context=context,
        paths=_paths(str(folder), context, [] if whole else copied),
        cross_compiles=recipe.cross_compiles,
    )


def _paths(folder: str, context: str, copied: list[str]) -> tuple[str, ...]:
    if context != ".":
        return (context,)
    if copied:
        return tuple(dict.fromkeys(copied))
    return () if folder == "." else (folder,)


def _context(survey: Survey, recipe: Recipe) -> str:
    """The Dockerfile's own folder where that has all that is copied, else the monorepo's root."""
    folder = str(PurePosixPath(recipe.path).parent)
    copied = [path for path in recipe.copied() if "$" not in path and "*" not in path and "://" not in path]
    if folder == "." or all(survey.has(str(PurePosixPath(folder, path))) for path in copied):
        return folder
    return "."


def _binaries(survey: Survey, spaces: list[str]) -> Iterator[Candidate]:
    """A command line tool: GoReleaser's configuration, and an npm package that has a command or is called `npm`."""
    for config in (file for file in survey.files if re.fullmatch(r"(.*/)?\.?goreleaser\.ya?ml", file)):
        for package in (file for file in survey.files if PurePosixPath(file).name == "package.json"):
            described = _json(survey.text(package))
            if described.get("name") and ("bin" in described or PurePosixPath(package).parent.name == "npm"):
                folder = PurePosixPath(package).parts[0] if "/" in package else ""
                name = "cli" if "cli" in spaces or not folder else folder
                yield Candidate(
                    name=name,
                    kind="cli",
                    goreleaser=config,
                    npm=str(described["name"]),
                    paths=(folder,) if folder else (),
                )
                return


def _json(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _valid(name: str) -> str | None:
    plain = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")
    return plain if re.fullmatch(SERVICE_NAME, plain) else None
