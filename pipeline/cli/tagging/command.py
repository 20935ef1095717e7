"""The run of ``pipeline tag``: plan, rehearse, ask, push."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import typer

from pipeline.catalogue import Catalogue
from pipeline.cli.tagging import report as reports
from pipeline.cli.tagging.clone import REMOTE, Clone
from pipeline.cli.tagging.plan import Planned, plan
from pipeline.cli.tagging.push import Pushed, push_all
from pipeline.cli.tagging.report import Outcome, TaggingReport
from pipeline.cli.tagging.wish import Request
from pipeline.errors import BadFlag, Interrupted, PipelineError

Rehearse = Callable[[Sequence[Planned]], tuple[int, str]]
"""The dry run of releases at one commit: its exit code, and its answer as text or, where that is asked for, JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagging:
    """One run: what is asked for, how far it goes, and how it is told."""

    request: Request
    catalogue: Catalogue
    dry_run: bool
    yes: bool
    as_json: bool
    rehearse: Rehearse | None

    def run(self) -> int:
        """Do it, tell how it went, and give back the exit code."""
        try:
            clone = Clone.open(self.request.clone, self.catalogue.main)
            return self._carry_out(clone, plan(self.request, self.catalogue, clone))
        except PipelineError as error:
            return refuse(error, dry_run=self.dry_run, as_json=self.as_json)
        except KeyboardInterrupt:
            interrupted = Interrupted("Interrupted before anything was pushed.", next="Run the same command again.")
            return refuse(interrupted, dry_run=self.dry_run, as_json=self.as_json)

    def _carry_out(self, clone: Clone, plans: Sequence[Planned]) -> int:
        self._say(reports.plan_text(plans))
        planned = [Pushed(one, "already-pushed" if one.pushed else "planned") for one in plans]
        code, rehearsal = self._rehearsed([one for one in plans if not one.pushed])
        if code or self.dry_run:
            outcome: Outcome = "failed" if code else "rehearsed" if rehearsal else "planned"
            self._say("\nNothing was tagged.")
            self._end(reports.report(planned, outcome=outcome, dry_run=self.dry_run, rehearsal=rehearsal))
            return code
        if not self._agreed(plans):
            self._say("Nothing was tagged.")
            self._end(reports.report(planned, outcome="declined", rehearsal=rehearsal))
            return Interrupted.exit_code
        return self._push(clone, plans, rehearsal)

    def _rehearsed(self, plans: Sequence[Planned]) -> tuple[int, str]:
        """Rehearse the releases, where that is asked for; the exit code and the answer."""
        if self.rehearse is None or not plans:
            return 0, ""
        print(f"\nRehearsing {', '.join(one.tag.name for one in plans)}", file=sys.stderr)
        code, answer = self.rehearse(plans)
        if answer:
            self._say(f"\n{answer}")
        return code, answer

    def _agreed(self, plans: Sequence[Planned]) -> bool:
        names = [one.tag.name for one in plans if not one.pushed]
        if self.yes or not names:
            return True
        if not sys.stdin.isatty() and self.as_json:
            raise BadFlag("There is nobody to ask whether to push.", next="Add --yes, or --dry-run to only look.")
        try:
            return typer.confirm(f"\nPush {', '.join(names)} to {REMOTE}?", err=True)
        except typer.Abort:
            return False

    def _push(self, clone: Clone, plans: Sequence[Planned], rehearsal: str) -> int:
        ended = []
        for one in push_all(clone, plans, self.request):
            ended.append(one)
            self._say(reports.line(one))
        error = next((one.error for one in ended if one.error), None)
        outcome: Outcome = reports.outcome_of(error) if error else "pushed"
        self._end(reports.report(ended, outcome=outcome, rehearsal=rehearsal, error=error))
        if error and not self.as_json:
            print(f"\n{error.text}\n{reports.continuing(ended)}", file=sys.stderr)
        return error.exit_code if error else 0

    def _say(self, text: str) -> None:
        """Tell a person something; a program gets it in the report."""
        if not self.as_json:
            print(text)

    def _end(self, report: TaggingReport) -> None:
        if self.as_json:
            print(report.json())


def refuse(error: PipelineError, *, dry_run: bool, as_json: bool) -> int:
    """Tell why a run ended before any tag was pushed, and give back the exit code."""
    if as_json:
        print(reports.report([], outcome=reports.outcome_of(error), dry_run=dry_run, error=error).json())
    else:
        print(error.text, file=sys.stderr)
    return error.exit_code
