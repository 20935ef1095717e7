"""Confirming a release: both artifacts exist and are the tag's own."""

from collections.abc import Callable
from dataclasses import dataclass

import anyio

from pipeline.errors import NotAuthorized, NotReleased, PipelineError, TagNotFound, Unavailable
from pipeline.parties import Parties
from pipeline.status import released
from pipeline.status.rows import Row, Status
from pipeline.status.survey import Listings, Survey
from pipeline.status.unread import Unread, unless_unread
from pipeline.tag import Tag

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
"""Seconds between two looks while watching: growing by half from the first to the longest."""


class NotConfirmed(Exception):
    """A release that is not complete: the error, and where it stands, if that is known."""

    def __init__(self, error: PipelineError, status: Status | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.status = status


async def confirmed(parties: Parties, tag: Tag) -> Row:
    """The tag's row once, read anew, when its artifacts are there and agree.

    Raises `NotConfirmed`: with `NotReleased` for what is missing or wrong, with `Unavailable` where an answer or a
    credential is.
    """
    survey = Survey(parties)
    look = await survey.look(tag, again=True)
    github = parties.github
    releases = await unless_unread(lambda: released.only(github, tag), github.credential)
    row = survey.row(look, Listings(releases, Unread("not-checked", "")))
    if not row.complete:
        raise NotConfirmed(_problem(row), Status(rows=(row,)))
    return row


@dataclass(frozen=True, slots=True)
class Watch:
    """How long to wait for the artifacts, in seconds, and who hears what is still missing."""

    timeout: float
    heard: Callable[[str], None] = lambda message: None


async def watched(parties: Parties, tag: Tag, watch: Watch) -> Row:
    """`confirmed` again and again until it is, or until the time is up; the tag itself may still be on its way.

    Raises what the last look raised. What no waiting mends, a wrong artifact or a missing credential, ends it at once.
    """
    deadline = anyio.current_time() + watch.timeout
    pause = FIRST_PAUSE
    while True:
        try:
            return await confirmed(parties, tag)
        except NotConfirmed as problem:
            error: Exception = problem
            waiting = problem.error
        except TagNotFound as problem:
            error = waiting = problem
        if _is_final(error) or anyio.current_time() + pause > deadline:
            raise error
        watch.heard(waiting.message)
        await anyio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _problem(row: Row) -> PipelineError:
    unread = [part for part in (row.image, row.release) if part.state in ("not-checked", "unknown")]
    for part in unread:
        kind = NotAuthorized if part.state == "not-checked" else Unavailable
        return kind(
            f"{row.tag} cannot be confirmed: {part.detail.rstrip('.')}.",
            next="Mend that, then run the same call again.",
            passing=part.state == "unknown",
        )
    return NotReleased(
        f"{row.tag} is not complete: {'; '.join(_missing(row))}.",
        next=f"Wait for its run (--watch), or do what is missing: pipeline release --tag {row.tag}.",
        passing="other" not in (row.image.state, row.release.state),
    )


def _missing(row: Row) -> list[str]:
    """What is missing or wrong, a phrase each."""
    said = []
    if row.image.state not in ("there", "none"):
        said.append(row.image.detail.rstrip(".") or f"the image {row.image.reference} is missing")
    if row.release.state != "published":
        said.append(f"the GitHub release is {row.release.detail or row.release.state}")
    return said


def _is_final(error: Exception) -> bool:
    return isinstance(error, NotConfirmed) and not error.error.passing
