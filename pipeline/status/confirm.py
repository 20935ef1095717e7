"""Confirming a release: both artifacts exist and are the tag's own."""

from dataclasses import dataclass

import anyio
from msgspec import UNSET, Struct, UnsetType

from pipeline.errors import NotAuthorized, NotReleased, PipelineError, TagNotFound, Unavailable
from pipeline.journal import Journal, Result, waiting
from pipeline.parties import Parties
from pipeline.report import ErrorReport, document
from pipeline.status import released, table
from pipeline.status.rows import PackageStatus, Row, Status
from pipeline.status.survey import Listings, Survey
from pipeline.status.unread import unless_unread
from pipeline.tag import Tag

STAGE = "confirm"

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Seconds between two looks while watching: growing by half from the first to the longest."""


class ConfirmReport(Struct, frozen=True, kw_only=True):
    """A confirmation as JSON; ``release`` is null when not even the tag is there."""

    tag: str
    confirmed: bool
    release: Row | None
    error: ErrorReport | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Where a tag stands, and what keeps it from being confirmed, if anything does."""

    tag: Tag
    row: Row | None
    problem: PipelineError | None

    def json(self) -> str:
        """The confirmation as one JSON document."""
        report = ConfirmReport(
            tag=self.tag.name,
            confirmed=self.problem is None,
            release=self.row,
            error=ErrorReport.of(self.problem) if self.problem else UNSET,
        )
        return document(report)

    def text(self) -> str:
        """The confirmation for a person."""
        said = [f"{self.tag}: both artifacts are there and agree."]
        if self.problem:
            said = [self.problem.message, f"Next: {self.problem.next}"]
        lines = table.lines(Status(rows=(self.row,))) if self.row else []
        return "\n".join([*lines, *([""] if lines else []), *said])


async def confirm(parties: Parties, tag: Tag, journal: Journal, *, wait: float = 0) -> Confirmation:
    """See `looked_at`; the waiting is written down as one stage."""
    return await journal.stage(STAGE, _told(parties, tag, wait))


async def _told(parties: Parties, tag: Tag, wait: float) -> Result[Confirmation]:
    found = await looked_at(parties, tag, wait=wait)
    said = found.problem.message if found.problem else "both artifacts are there and agree"
    return Result(found, said, "failed" if found.problem else "done")


async def looked_at(parties: Parties, tag: Tag, *, wait: float = 0) -> Confirmation:
    """Look whether a release is complete, for up to ``wait`` seconds again and again.

    While it waits the tag itself may still be on its way. What no waiting mends, such as somebody else's image at
    the tag or a missing credential, ends it at once. Raises `TagNotFound`.
    """
    deadline = anyio.current_time() + wait
    pause = FIRST_PAUSE
    while True:
        found = await _look(parties, tag)
        late = anyio.current_time() + pause > deadline
        if isinstance(found.problem, TagNotFound) and late:
            raise found.problem
        if found.problem is None or not found.problem.passing or late:
            return found
        with waiting(found.problem.message):
            await anyio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


async def _look(parties: Parties, tag: Tag) -> Confirmation:
    survey = Survey(parties)
    try:
        look = await survey.look(tag, again=True)
    except TagNotFound as error:
        return Confirmation(tag, None, TagNotFound(error.message, next=error.next, passing=True))
    releases = await unless_unread(lambda: released.only(parties.github, tag), parties.github.credential)
    row = survey.row(look, Listings(releases, []))
    return Confirmation(tag, row, None if row.complete else _problem(row))


def _problem(row: Row) -> PipelineError:
    parts = (*row.artifacts, row.release)
    is_another = any(part.state == "other" for part in parts)
    for artifact in parts:
        # What is certainly wrong weighs more than what could not be read.
        if artifact.state in ("not-checked", "unknown") and not is_another:
            kind = NotAuthorized if artifact.state == "not-checked" else Unavailable
            return kind(
                f"{row.tag} cannot be confirmed: {artifact.detail.rstrip('.')}.",
                next="Mend that, then run the same call again.",
                passing=artifact.state == "unknown",
            )
    return NotReleased(
        f"{row.tag} is not complete: {'; '.join(_missing(row))}.",
        next=f"Wait for its run (--watch), or do what is missing: pipeline release --tag {row.tag}.",
        passing=not is_another,
    )


def _missing(row: Row) -> list[str]:
    """What is missing or wrong, a phrase each."""
    said = []
    if row.image.state not in ("there", "none"):
        said.append(row.image.detail.rstrip(".") or f"the image {row.image.reference} is missing")
    if isinstance(row.npm, PackageStatus) and row.npm.state != "there":
        said.append(row.npm.detail.rstrip(".") or f"the npm package {row.npm.reference} is missing")
    if row.release.state != "published":
        said.append(f"the GitHub release is {row.release.detail or row.release.state}")
    return said
