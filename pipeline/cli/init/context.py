"""The folder that a Dockerfile is built from, guessed from what it copies: nothing in the file itself says it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from pipeline.cli.init.recipe import Recipe
from pipeline.cli.init.survey import Survey, is_pattern

BESIDE_THE_POINT = frozenset({".docker", "build", "container", "containers", "deploy", "deployment", "deployments",
                              "docker", "dockerfiles", "images", "package", "prod", "production", "src"})  # fmt: skip
"""Names of folders that Dockerfiles are kept in, and that name no service."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A folder, why it was taken, and what is copied but is not there."""

    folder: str
    why: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a folder fits: what is there of the paths that are copied, and of those that commands name."""

    folder: str
    copied: tuple[str, ...]
    named: tuple[str, ...]


def home(path: str) -> str:
    """The folder of the service that a Dockerfile stands in: its own, or the one above a folder such as ``docker``."""
    return next((str(f) for f in PurePosixPath(path).parents if f.name not in BESIDE_THE_POINT), ".")


def joined(folder: str, path: str) -> str:
    """A path below a folder, without a leading ``./``."""
    return str(PurePosixPath(folder, path))


def guess(survey: Survey, recipe: Recipe) -> Guess:
    """The folder that has most of what the Dockerfile copies, then of what its commands name.

    Between equals, the one nearest to the Dockerfile.
    """
    copied = [path for path in recipe.copied({}) if not is_pattern(path)]
    named = [*recipe.mentioned(), *(path for path in recipe.copied({}) if is_pattern(path))]
    fits = [_fit(survey, folder, copied, named) for folder in dict.fromkeys(_folders(survey, recipe))]
    best = max(fits, key=lambda fit: (len(fit.copied), len(fit.named)))
    return Guess(best.folder, _why(best, copied), tuple(path for path in copied if path not in best.copied))


def _folders(survey: Survey, recipe: Recipe) -> Iterator[str]:
    """Where a person may build from: the service's folder, the Dockerfile's, any above, the namesake elsewhere."""
    at = home(recipe.path)
    own = str(PurePosixPath(recipe.path).parent)
    yield at
    yield own
    yield from (str(folder) for folder in PurePosixPath(own).parents)
    yield from survey.called(recipe.named or PurePosixPath(at).name)


def _fit(survey: Survey, folder: str, copied: Collection[str], named: Collection[str]) -> _Fit:
    return _Fit(
        folder,
        tuple(path for path in copied if _has(survey, joined(folder, path), whole=path == ".")),
        tuple(path for path in sorted(named) if survey.matching(joined(folder, path))),
    )


def _has(survey: Survey, path: str, *, whole: bool) -> bool:
    """Whether a path is there; a folder that is copied as a whole has to have more in it than Dockerfiles."""
    if not whole:
        return survey.has(path)
    below = (file for file in survey.files if path == "." or file.startswith(f"{path}/"))
    return any(not Recipe.is_one(file) and not file.endswith(".dockerignore") for file in below)


def _why(fit: _Fit, copied: Collection[str]) -> str:
    if several := [path for path in fit.copied if path != "."]:
        more = f" and {len(several) - 3} more" if len(several) > 3 else ""
        return f"it has {', '.join(several[:3])}{more}, which the Dockerfile copies"
    if fit.named:
        return f"it has {', '.join(fit.named[:3])}, which the Dockerfile needs"
    if copied and not fit.copied:
        return "the Dockerfile stands there"
    return "the Dockerfile copies all of it" if copied else "the Dockerfile copies nothing from it"
