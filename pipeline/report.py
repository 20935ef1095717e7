"""What a run did, as one value: printed as text for a person, or as JSON for a program."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pipeline.errors import PipelineError, Refused, RequestError

RunOutcome = Literal["released", "already-released", "rehearsed", "refused", "failed"]
StageOutcome = Literal["done", "already-done", "planned", "refused", "failed", "not-reached"]

STAGES = ("resolve", "verify-ancestry", "preflight", "build", "verify-unmoved", "push", "release", "confirm")
"""The stages of a release, in their order."""

MARKS: dict[StageOutcome, str] = {
    "done": "✔", "already-done": "=", "planned": "·", "refused": "✘", "failed": "✘", "not-reached": " ",
}  # fmt: skip


class StageReport(Struct, frozen=True, kw_only=True):
    """One stage: its name, how it ended, how long it took in seconds, and what it found or did."""

    name: str
    outcome: StageOutcome
    seconds: float
    detail: str


class ImageReport(Struct, frozen=True, kw_only=True):
    """The image: where it is, its index digest (null before it is pushed) and its platforms."""

    reference: str
    digest: str | None
    platforms: tuple[str, ...]


class FileReport(Struct, frozen=True, kw_only=True):
    """A file of the GitHub release, by the digest of its content."""

    name: str
    digest: str


class PackageReport(Struct, frozen=True, kw_only=True):
    """An npm package: its name and version, and its tarball's hash (null before it is published)."""

    name: str
    version: str
    integrity: str | None


class Shipped(Struct, frozen=True, kw_only=True):
    """What an artifact says of itself in the report: an image, or the files and packages of a command-line tool."""

    image: ImageReport | None = None
    archives: tuple[FileReport, ...] | UnsetType = UNSET
    packages: tuple[PackageReport, ...] | UnsetType = UNSET


class ReleaseReport(Struct, frozen=True, kw_only=True):
    """The GitHub release: its page (null before it is published) and how it is marked."""

    url: str | None
    prerelease: bool
    latest: bool


class ErrorReport(Struct, frozen=True, kw_only=True):
    """Why a run stopped, and what to do next."""

    kind: str
    message: str
    next: str

    @classmethod
    def of(cls, error: PipelineError) -> "ErrorReport":
        """The report of an error."""
        return cls(kind=error.kind, message=error.message, next=error.next)


class Report(Struct, frozen=True, kw_only=True):
    """One run of ``release``."""

    tag: str
    service: str | None
    version: str | None
    prerelease: bool
    dry_run: bool
    commit: str | None
    outcome: RunOutcome
    image: ImageReport | None
    release: ReleaseReport | None
    stages: tuple[StageReport, ...]
    archives: tuple[FileReport, ...] | UnsetType = UNSET
    packages: tuple[PackageReport, ...] | UnsetType = UNSET
    error: ErrorReport | UnsetType = UNSET

    def json(self) -> str:
        """The report as one JSON document."""
        return document(self)

    def text(self) -> str:
        """The report for a person: what came of it, and what to do next. The stages were shown as they went."""
        if isinstance(self.error, ErrorReport):
            where = next((f" at {s.name}" for s in self.stages if s.outcome in ("refused", "failed")), "")
            return f"{self.tag}: {self.outcome}{where}. {self.error.message}\nNext: {self.error.next}"
        lines = [f"{self.tag}: {_SENTENCE[self.outcome]}", *self._artifacts()]
        return "\n".join(line.rstrip() for line in lines)

    def _artifacts(self) -> list[str]:
        lines = []
        if self.image:
            digest = f"@{self.image.digest}" if self.image.digest else ""
            lines.append(f"  image    {self.image.reference}{digest}  {', '.join(self.image.platforms)}")
        lines += [f"  archive  {file.name}  {file.digest}" for file in self.archives or ()]
        lines += [f"  npm      {p.name}@{p.version}  {p.integrity or 'not published yet'}" for p in self.packages or ()]
        if self.release:
            marks = ("pre-release" if self.release.prerelease else "", "latest" if self.release.latest else "")
            url = self.release.url or "not made yet"
            lines.append(f"  release  {url}  {', '.join(mark for mark in marks if mark)}")
        return lines


_SENTENCE: dict[RunOutcome, str] = {
    "released": "released.",
    "already-released": "already released; nothing to do.",
    "rehearsed": "rehearsed; nothing was pushed and no release was made.",
    "refused": "refused.",
    "failed": "failed.",
}


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line per row, each column as wide as its widest cell."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def document(value: object) -> str:
    """A value as one JSON document."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def told(reports: Sequence[Report], *, as_json: bool) -> str:
    """The answer to one call: one report as itself, several as a JSON array or one below the other."""
    if len(reports) == 1:
        return reports[0].json() if as_json else reports[0].text()
    if as_json:
        return document(reports)
    counts = Counter(report.outcome for report in reports)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    return "\n\n".join([*(report.text() for report in reports), f"{len(reports)} tags: {summary}."])


def outcome_of(error: BaseException) -> Literal["refused", "failed"]:
    """How a run, or a stage, that this error stopped has ended."""
    return "refused" if isinstance(error, Refused | RequestError) else "failed"


def error_document(error: PipelineError) -> str:
    """The JSON document of an answer that is nothing but an error."""
    return document({"error": ErrorReport.of(error)})


def rejected(tag: str, error: PipelineError, *, dry_run: bool) -> Report:
    """The report of a run that never began, because what was asked for is wrong."""
    return Report(
        tag=tag,
        service=None,
        version=None,
        prerelease=False,
        dry_run=dry_run,
        commit=None,
        outcome=outcome_of(error),
        image=None,
        release=None,
        stages=tuple(StageReport(name=name, outcome="not-reached", seconds=0.0, detail="") for name in STAGES),
        error=ErrorReport.of(error),
    )
