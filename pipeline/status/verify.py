"""Holding a release to its record: every line derived again from git, the registry and GitHub."""

from collections.abc import Mapping
from functools import partial

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pipeline import versions
from pipeline.artifact import BuiltT, PublishedT
from pipeline.errors import FORWARD_FIX, PipelineError, RecordMismatch
from pipeline.github import releases
from pipeline.record import Record
from pipeline.report import ErrorReport, document
from pipeline.source import Pinned
from pipeline.stages import Stages
from pipeline.tag import Tag

MISSING = "none"


class Line(Struct, frozen=True, kw_only=True):
    """One line of the record: what it says, and what is there now."""

    name: str
    recorded: str
    found: str

    @property
    def agrees(self) -> bool:
        """Whether both are the same."""
        return self.recorded == self.found


class Verification(Struct, frozen=True, kw_only=True):
    """All lines of one release's record."""

    tag: str
    lines: tuple[Line, ...]
    error: ErrorReport | UnsetType = UNSET

    @property
    def problem(self) -> PipelineError | None:
        """The error that names every difference, if there is any."""
        different = [line for line in self.lines if not line.agrees]
        if not different:
            return None
        told = "; ".join(f"{line.name} is {line.found}, recorded as {line.recorded}" for line in different)
        return RecordMismatch(
            f"{self.tag} is not what its record says: {told}.",
            next=f"Find out who changed it, and deploy only what the record names. {FORWARD_FIX}",
        )

    def json(self) -> str:
        """The verification as one JSON document."""
        problem = self.problem
        told = msgspec.structs.replace(self, error=ErrorReport.of(problem) if problem else UNSET)
        return document(told)

    def text(self) -> str:
        """A line per line, and what they come to."""
        width = max(len(line.name) for line in self.lines)
        told = [
            f"= {line.name:<{width}}  {line.recorded}"
            if line.agrees
            else f"✘ {line.name:<{width}}  recorded {line.recorded}, found {line.found}"
            for line in self.lines
        ]
        problem = self.problem
        end = [problem.message, f"Next: {problem.next}"] if problem else [f"{self.tag} is what its record says."]
        return "\n".join([*told, "", *end])


async def verify(stages: Stages[BuiltT, PublishedT]) -> Verification:
    """Compare a release's record with what is there.

    Raises `RecordMismatch` when there is no record to compare, and another `Refused` when the tag is not on main, or
    the image or the release is another commit's.
    """
    tag, github = stages.tag, stages.github
    pinned = await stages.pinned_on_main()
    found = await github.call(partial(releases.find, tag=tag, commit=pinned.commit))
    files = {name: digest for name, digest in (found.files if found else ()) if name != releases.RECORD}
    content = await github.call(partial(releases.content, tag=tag, name=releases.RECORD))
    if content is None:
        raise RecordMismatch(
            f"There is no GitHub release {tag} with a {releases.RECORD}.",
            next=f"Release it, which adds what is missing: pipeline release --tag {tag}.",
        )
    written = Record.decode(content, tag=tag.name)
    return Verification(tag=tag.name, lines=_lines(written, await _derived(stages, pinned, written, files)))


async def _derived(
    stages: Stages[BuiltT, PublishedT], pinned: Pinned, written: Record, files: Mapping[str, str]
) -> Record:
    published = await stages.artifact.find(pinned.commit)
    derived = await stages.planner.record(pinned, published, files, since=await _since(stages, written))
    # Which version wrote the record is known from the record alone.
    return msgspec.structs.replace(derived, pipeline=written.pipeline)


async def _since(stages: Stages[BuiltT, PublishedT], written: Record) -> Tag | None:
    """Where the notes begin. Lower versions that were tagged after the release do not count against it."""
    tags = await stages.released_tags()
    recorded = (tag for tag in tags if tag.name == written.notes.since and tag.version < stages.tag.version)
    return next(recorded, versions.previous(stages.tag, tags))


def _lines(written: Record, derived: Record) -> tuple[Line, ...]:
    recorded, found = written.lines(), derived.lines()
    return tuple(
        Line(name=name, recorded=recorded.get(name, MISSING), found=found.get(name, MISSING))
        for name in dict.fromkeys([*recorded, *found])
        if not _is_untold(name, recorded, found)
    )


def _is_untold(name: str, recorded: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Whether it is the digest of a platform that one of the two could not read, see `pipeline.image.contents`."""
    return name.startswith("image.platforms.") and MISSING in (recorded.get(name), found.get(name))
