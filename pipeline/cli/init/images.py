"""The images that one Dockerfile builds: one per value of an argument, one per stage, or just one."""

from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from pipeline.cli.init.candidate import Candidate, valid
from pipeline.cli.init.context import Guess, guess, home, joined
from pipeline.cli.init.paths import paths
from pipeline.cli.init.recipe import NOT_SHIPPED, SHIPPED, Recipe
from pipeline.cli.init.survey import Survey

GIVEN = "SERVICE"
"""The build argument that names the service in every build."""

NOT_SERVICES = frozenset({"e2e", "example", "examples", "fixtures", "node_modules", "test", "testdata", "tests",
                          "third_party", "vendor"})  # fmt: skip
"""Folders that are not for what is shipped."""

_LIBRARIES = frozenset({"common", "internal", "lib", "libs", "pkg", "shared"})


def images(survey: Survey, recipe: Recipe, spaces: Collection[str]) -> list[Candidate]:
    """The services that a Dockerfile builds; ``spaces`` are the namespaces of tags that are there."""
    if aside := _aside(recipe, spaces):
        return [Candidate(name="", dockerfile=recipe.path, left_out=f"it is for development or tests, as {aside} says")]
    several = list(_by_argument(survey, recipe)) or list(_by_target(survey, recipe, spaces))
    return several or [_alone(survey, recipe)]


def _aside(recipe: Recipe, spaces: Collection[str]) -> str | None:
    """The part of its path that says that it is for nothing that is shipped."""
    folders = PurePosixPath(recipe.path).parent.parts
    names = [part for part in folders if part in NOT_SERVICES or (part.startswith(".") and part != ".docker")]
    if recipe.named in NOT_SHIPPED and recipe.named not in spaces:
        names.append(recipe.named)
    return next((name for name in names if name not in spaces), None)


def _by_argument(survey: Survey, recipe: Recipe) -> Iterator[Candidate]:
    """One Dockerfile, in which a build argument chooses a folder such as ``cmd/${SERVICE}``."""
    guessed = guess(survey, recipe)
    chosen = [(joined(guessed.folder, folder), argument) for folder, argument in recipe.chosen()]
    own = PurePosixPath(home(recipe.path))
    for folder, argument in [(folder, argument) for folder, argument in chosen if survey.inside(folder)][:1]:
        # Where it stands in one of these folders, the argument has a default, and the others have Dockerfiles too.
        names = [] if own.is_relative_to(folder) and str(own) != folder else survey.inside(folder)
        for name in (name for name in names if name not in _LIBRARIES | NOT_SERVICES):
            fits = argument != GIVEN or valid(name) == name
            yield Candidate(
                name=name,
                dockerfile=recipe.path,
                context=guessed.folder,
                build_args={} if argument == GIVEN else {argument: name},
                paths=paths(survey, recipe, guessed.folder, own=[joined(folder, name)], values={argument: name}),
                cross_compiles=recipe.cross_compiles,
                why=guessed.why,
                left_out=""
                if fits
                else f"{GIVEN} would be '{name}', which cannot be a service's name; choose {folder}/{name} by another argument",
            )


def _by_target(survey: Survey, recipe: Recipe, spaces: Collection[str]) -> Iterator[Candidate]:
    """One Dockerfile with a stage per service."""
    targets = recipe.targets()
    if SHIPPED.intersection(targets) or (len(targets) < 2 and not set(targets).intersection(spaces)):
        return
    guessed = guess(survey, recipe)
    for target in targets:
        own = _folders_of(survey, recipe, target)
        yield Candidate(
            name=target,
            dockerfile=recipe.path,
            context=guessed.folder,
            target=target,
            paths=paths(survey, recipe, guessed.folder, own=own, values={GIVEN: target}, target=target),
            cross_compiles=recipe.cross_compiles,
            why=guessed.why,
        )


def _alone(survey: Survey, recipe: Recipe) -> Candidate:
    """A Dockerfile of one service, which is called as the file or its folder is."""
    at = home(recipe.path)
    by_file = recipe.named if recipe.named not in SHIPPED else None
    name = by_file or PurePosixPath(at).name
    own = _folders_of(survey, recipe, by_file) if by_file else [at] if at != "." else []
    guessed, target = guess(survey, recipe), _final(recipe)
    values = dict.fromkeys([GIVEN, *(argument for _, argument in recipe.chosen())], name) if name else {}
    return Candidate(
        name=name,
        dockerfile=recipe.path,
        context=guessed.folder,
        target=target,
        paths=paths(survey, recipe, guessed.folder, own=own, values=values, target=target),
        cross_compiles=recipe.cross_compiles,
        why=guessed.why,
        remarks=_remarks(guessed),
    )


def _remarks(guessed: Guess) -> tuple[str, ...]:
    if not guessed.missing:
        return ()
    missing = ", ".join(guessed.missing)
    return (f"it copies {missing}, which context {guessed.folder} has not; correct the context, or the Dockerfile",)


def _folders_of(survey: Survey, recipe: Recipe, name: str) -> list[str]:
    """The folders that have a service's name: near its Dockerfile, else anywhere; of these, those nearest to the root."""
    called = survey.called(name)
    near = [folder for folder in called if PurePosixPath(folder).is_relative_to(home(recipe.path))] or called
    return [folder for folder in near if folder.count("/") == near[0].count("/")]


def _final(recipe: Recipe) -> str:
    """The stage to build where the last one is not what is shipped; empty for the last one."""
    names = [stage.name for stage in recipe.dockerfile.stages]
    targets = recipe.targets()
    if not names or names[-1] in SHIPPED:
        return ""
    if names[-1] in NOT_SHIPPED:
        return next((name for name in reversed(names) if name in SHIPPED), next(reversed(targets), ""))
    return next((name for name in reversed(targets) if name in SHIPPED), "")
