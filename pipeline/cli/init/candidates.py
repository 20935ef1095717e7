"""The services that a monorepo seems to have, told from its Dockerfiles, its folders and its tags."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from pipeline.cli.init.candidate import Candidate, valid
from pipeline.cli.init.images import images
from pipeline.cli.init.recipe import Recipe
from pipeline.cli.init.survey import Survey
from pipeline.cli.init.tools import tools
from pipeline.errors import BadTag
from pipeline.tag import Tag


@dataclass(frozen=True, slots=True)
class Findings:
    """The services found, by name, and what was left out or is not certain, as lines for a person."""

    services: tuple[Candidate, ...]
    remarks: tuple[str, ...]


def find(survey: Survey) -> Findings:
    """Look for services. The first candidate of a name wins."""
    spaces = namespaces(survey)
    candidates = [*_images(survey, spaces), *tools(survey, spaces)]
    named = {valid(candidate.name) for candidate in candidates if not candidate.left_out}
    spare = [space for space in spaces if space not in named]
    found: dict[str, Candidate] = {}
    remarks = []
    for candidate in (_named(survey, candidate, spare) for candidate in candidates):
        if candidate.name in found and not candidate.left_out:
            taken = f"{candidate.name} is {found[candidate.name].file}'s already"
            candidate = replace(candidate, left_out=taken)  # noqa: PLW2901 - it is the same one, known better
        if candidate.left_out:
            remarks.append(f"{candidate.file} is left out: {candidate.left_out}.")
        else:
            found[candidate.name] = candidate
            remarks += [f"{candidate.file}: {remark}." for remark in candidate.remarks]
    if unbuilt := [f"{space}/v…" for space in spare if space not in found]:
        remarks.append(
            f"Nothing here builds what the tags {', '.join(unbuilt)} are of; add a table for what is still released."
        )
    return Findings(tuple(sorted(found.values(), key=lambda one: one.name)), tuple(remarks))


def namespaces(survey: Survey) -> list[str]:
    """What comes before the slash in the clone's release tags."""
    found = set()
    for name in survey.tags:
        with suppress(BadTag):
            found.add(Tag.parse(name).service)
    return sorted(found)


def _images(survey: Survey, spaces: Collection[str]) -> Iterator[Candidate]:
    for path in survey.files:
        if Recipe.is_one(path):
            yield from images(survey, Recipe.parse(path, survey.text(path)), spaces)


def _named(survey: Survey, candidate: Candidate, spare: list[str]) -> Candidate:
    """The candidate under a name that can be a tag namespace and an image name; or left out, as it has none."""
    if candidate.left_out:
        return candidate
    if candidate.name:
        written, why = candidate.name, f"'{candidate.name}' is written {valid(candidate.name)} in tags and image names"
    elif len(spare) == 1:
        written, why = spare[0], f"the service is called {spare[0]}, as there are tags {spare[0]}/v…"
    else:
        written = _repository(survey)
        why = f"the service is called {valid(written)}, as the repository is"
    name = valid(written)
    if not name:
        return replace(candidate, left_out=f"'{written}' cannot be a tag namespace and an image name")
    return candidate if name == candidate.name else replace(candidate, name=name, remarks=(*candidate.remarks, why))


def _repository(survey: Survey) -> str:
    known = survey.origin.repository if survey.origin else None
    return known.partition("/")[2] if known else survey.root.name
