"""Reports as Markdown, for the page that a CI shows of a job."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from pipeline.errors import BadFlag
from pipeline.markdown import code, inline
from pipeline.report import ErrorReport, Report, StageReport
from pipeline.runtime.session import first_line

NOTHING = "No service is touched: there was nothing to rehearse."


def read(text: str) -> tuple[Report, ...]:
    """The reports in what ``release`` and ``rehearse`` answer with ``--json``: one, or a list.

    Raises `BadFlag` for anything else.
    """
    try:
        found = msgspec.json.decode(text, type=Report | tuple[Report, ...])
    except msgspec.MsgspecError as error:
        raise BadFlag(
            f"--report holds no report: {error}.", next="Pass what `release --json` printed, also when it failed."
        ) from None
    return found if isinstance(found, tuple) else (found,)


def unreadable(message: str) -> BadFlag:
    """The error for a file that the session cannot hand over."""
    return BadFlag(f"--report cannot be read: {first_line(message)}.", next="Pass the path of a JSON report.")


def render(reports: Sequence[Report]) -> str:
    """All reports, the ones that stopped first; what they say is shown as text and never as markup."""
    if not reports:
        return NOTHING
    ordered = sorted(reports, key=lambda report: not isinstance(report.error, ErrorReport))
    return "\n\n".join("\n".join(_lines(report)) for report in ordered)


def _lines(report: Report) -> Iterator[str]:
    yield f"## {code(report.tag)}: {report.outcome}"
    yield ""
    if isinstance(report.error, ErrorReport):
        yield from _error(report.error)
    yield from (f"* {line}" for line in _artifacts(report))
    yield ""
    yield "<details><summary>Stages</summary>"
    yield ""
    yield "| stage | outcome | seconds | |"
    yield "| --- | --- | ---: | --- |"
    yield from (_row(stage) for stage in report.stages)
    yield ""
    yield "</details>"


def _error(error: ErrorReport) -> Iterator[str]:
    text = f"{error.message}\n\nNext: {error.next}"
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    yield from (f"**{error.kind}**", "", f"{fence}text", text, fence, "")


def _artifacts(report: Report) -> Iterator[str]:
    if report.commit:
        yield f"commit {code(report.commit)}"
    if report.image and report.commit:
        digest = f"@{report.image.digest}" if report.image.digest else ""
        yield f"image {code(report.image.reference + digest)} for {', '.join(report.image.platforms)}"
    if report.archives:
        yield f"files {', '.join(code(file.name) for file in report.archives)}"
    if report.packages:
        yield f"npm packages {', '.join(code(f'{package.name}@{package.version}') for package in report.packages)}"
    if report.release and report.release.url:
        marks = [word for word, is_so in _marks(report.release.prerelease, report.release.latest) if is_so]
        yield f"release <{report.release.url}>{''.join(f', {mark}' for mark in marks)}"


def _marks(prerelease: bool, latest: bool) -> tuple[tuple[str, bool], ...]:  # noqa: FBT001 - as GitHub marks them
    return (("pre-release", prerelease), ("latest", latest))


def _row(stage: StageReport) -> str:
    detail = inline(stage.detail).replace("|", "\\|")
    return f"| {stage.name} | {stage.outcome} | {stage.seconds:.1f} | {detail} |"
