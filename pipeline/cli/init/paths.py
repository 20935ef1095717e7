"""What of the monorepo a service is made from: what its release notes tell of, and a rehearsal waits for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from pipeline.cli.init.context import joined
from pipeline.cli.init.recipe import Recipe
from pipeline.cli.init.survey import Survey, is_pattern

SHARED = ("go.mod", "go.sum", "internal", "pkg", "libs", "packages", "package.json", "pnpm-lock.yaml", "Cargo.toml",
          "Cargo.lock")  # fmt: skip
"""Usual names of what services of one monorepo share."""

MOST_FILES = 8
"""Files of a pattern that are named one by one; of more than these, their folder is."""


def paths(
    survey: Survey,
    recipe: Recipe,
    context: str,
    *,
    own: Sequence[str],
    values: Mapping[str, str],
    target: str = "",
) -> tuple[str, ...]:
    """The paths of a service, its Dockerfile among them; nothing where everything may go into it.

    ``own`` are the folders that have the service's name, ``values`` the arguments of its build.
    """
    copied = recipe.copied(values, target)
    if any(_under(context, folder) for folder in own):
        found = [context]
    elif "." in copied or not copied:
        found = [*own, *_shared(survey, context)] if own else [] if context == "." else [context]
    else:
        found = list(_by_service(list(_there(survey, context, copied)), own, recipe.path)) or list(own)
    if not found or "." in found:
        return ()
    return tuple(_without_nested([*found, recipe.path]))


def _shared(survey: Survey, context: str) -> list[str]:
    return [path for path in (joined(context, name) for name in SHARED) if survey.has(path)]


def _there(survey: Survey, context: str, copied: Iterable[str]) -> Iterator[str]:
    """The copied paths that are there, patterns as what they match: ``paths`` takes no patterns."""
    for path in (joined(context, path) for path in copied):
        matching = survey.matching(path)
        if is_pattern(path) and len(matching) > MOST_FILES:
            yield str(PurePosixPath(path).parent)
        else:
            yield from matching


def _by_service(found: list[str], own: Sequence[str], dockerfile: str) -> Iterator[str]:
    """The paths with the service's own folders instead of one that all services are in, and instead of their parts."""
    whole = [folder for folder in own if sum(_under(path, folder) for path in (*found, dockerfile)) > 1]
    for path in found:
        yield from [folder for folder in own if _under(folder, path)] or [
            next((folder for folder in whole if _under(path, folder)), path)
        ]


def _without_nested(paths: list[str]) -> Iterator[str]:
    """The paths without those that are in another one, each once."""
    for path in dict.fromkeys(paths):
        if not any(other != path and _under(path, other) for other in paths):
            yield path


def _under(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)
