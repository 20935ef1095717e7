"""What ``pipeline tag`` found and did, as text for a person and as one JSON document."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pipeline.cli.tagging.clone import Change
from pipeline.cli.tagging.plan import Planned
from pipeline.cli.tagging.push import Pushed, State
from pipeline.errors import PipelineError, Refused, RequestError
from pipeline.report import ErrorReport, document

SHOWN, TOLD = 15, 500
"""Commits that a person is shown, and that a program is told, of each service; their number is always there."""

NOTHING = msgspec.Raw(b"null")

MARKS: dict[State, str] = {"planned": "·", "pushed": "✔", "already-pushed": "=", "failed": "✘", "not-pushed": " "}

Outcome = Literal["planned", "rehearsed", "pushed", "declined", "refused", "failed"]


class CommitReport(Struct, frozen=True, kw_only=True):
    """One commit."""

    sha: str
    author: str
    subject: str


class TagReport(Struct, frozen=True, kw_only=True):
    """One tag: the release before it (null for the first), what came since, and what became of the tag."""

    tag: str
    service: str
    version: str
    prerelease: bool
    since: str | None
    commit: str
    paths: tuple[str, ...]
    commit_count: int | None
    commits: tuple[CommitReport, ...]
    pull_requests: tuple[int, ...]
    remarks: tuple[str, ...]
    state: State
    error: ErrorReport | UnsetType = UNSET


class TaggingReport(Struct, frozen=True, kw_only=True):
    """One run of ``pipeline tag``; ``rehearsal`` is what ``release --dry-run --json`` answers for the same tags."""

    dry_run: bool
    outcome: Outcome
    tags: tuple[TagReport, ...]
    rehearsal: msgspec.Raw = NOTHING
    error: ErrorReport | UnsetType = UNSET

    def json(self) -> str:
        """The report as one JSON document."""
        return document(self)


def report(
    ended: Sequence[Pushed],
    *,
    outcome: Outcome,
    dry_run: bool = False,
    rehearsal: str = "",
    error: PipelineError | None = None,
) -> TaggingReport:
    """The report of a run, which an error may have ended."""
    return TaggingReport(
        dry_run=dry_run,
        outcome=outcome,
        tags=tuple(_tag_report(one) for one in ended),
        rehearsal=msgspec.Raw(rehearsal.encode()) if rehearsal else NOTHING,
        error=ErrorReport.of(error) if error else UNSET,
    )


def outcome_of(error: PipelineError) -> Outcome:
    """How a run that this error ended has ended."""
    return "refused" if isinstance(error, Refused | RequestError) else "failed"


def plan_text(plans: Sequence[Planned]) -> str:
    """The plan for a person: a paragraph per tag."""
    return "\n\n".join("\n".join(_paragraph(planned)) for planned in plans)


def line(one: Pushed) -> str:
    """What became of one tag."""
    return f"{MARKS[one.state]} {one.planned.tag}  {one.state}"


def continuing(ended: Sequence[Pushed]) -> str:
    """The command that does what is left, with these very versions, also when main has moved on by then."""
    left = [one.planned for one in ended if one.state in ("failed", "not-pushed")]
    words = " ".join(f"{planned.tag.service}@{planned.tag.image_tag}" for planned in left)
    return f"What is left: pipeline tag {words} --ref {left[0].commit.sha}" if left else ""


def _paragraph(planned: Planned) -> list[str]:
    tag, commit = planned.tag, planned.commit
    old = planned.since.image_tag if planned.since else "(first release)"
    lines = [f"{tag.service}  {old} → {tag.image_tag}", f"  at {plain(commit)}"]
    if planned.pushed:
        lines.append("  pushed already: nothing to do")
    lines += [f"  note: {remark}" for remark in planned.remarks]
    if planned.changes is None:
        return lines
    commits, pulls = planned.changes.commits, planned.changes.pulls
    where = f" in {', '.join(planned.service.table.paths)}" if planned.service.table.paths else ""
    lines.append(
        f"  {_counted(len(commits), 'commit')}, {_counted(len(pulls), 'pull request')} since {planned.since}{where}"
    )
    lines += [f"    {plain(change)}" for change in commits[:SHOWN]]
    if len(commits) > SHOWN:
        lines.append(f"    … and {len(commits) - SHOWN} more")
    return lines


def plain(change: Change) -> str:
    """A commit on one line of a terminal: what could steer the terminal is left out."""
    subject = "".join(character if character.isprintable() else "?" for character in change.subject)
    return f"{change.sha[:12]} {subject[:100]}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _tag_report(one: Pushed) -> TagReport:
    planned, changes = one.planned, one.planned.changes
    return TagReport(
        tag=planned.tag.name,
        service=planned.tag.service,
        version=str(planned.tag.version),
        prerelease=planned.tag.prerelease,
        since=planned.since.name if planned.since else None,
        commit=planned.commit.sha,
        paths=planned.service.table.paths,
        commit_count=len(changes.commits) if changes else None,
        commits=tuple(
            CommitReport(sha=change.sha, author=change.author, subject=change.subject)
            for change in (changes.commits[:TOLD] if changes else ())
        ),
        pull_requests=changes.pulls if changes else (),
        remarks=planned.remarks,
        state=one.state,
        error=ErrorReport.of(one.error) if one.error else UNSET,
    )
