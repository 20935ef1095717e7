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

Rehearse = Callable[[Planned], tuple[int, str]]
"""The dry run of a tag's release: its exit code, and its report as text or, where that is asked for, JSON."""


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
        code, rehearsals = self._rehearsed(plans)
        if code:
            self._end(reports.report(planned, outcome="failed", dry_run=self.dry_run, rehearsals=rehearsals))
            return code
        if self.dry_run:
            outcome: Outcome = "rehearsed" if rehearsals else "planned"
            self._say(f"\nDry run: nothing was tagged{' or pushed' if not rehearsals else ', pushed or released'}.")
            self._end(reports.report(planned, outcome=outcome, dry_run=True, rehearsals=rehearsals))
            return 0
        if not self._agreed(plans):
            self._say("Nothing was tagged.")
            self._end(reports.report(planned, outcome="declined", rehearsals=rehearsals))
            return Interrupted.exit_code
        return self._push(clone, plans, rehearsals)

    def _rehearsed(self, plans: Sequence[Planned]) -> tuple[int, list[str]]:
        """Rehearse the tags that are not pushed yet, one after the other; the first failure ends it."""
        told: list[str] = []
        for one in plans if self.rehearse else ():
            if self.rehearse is None or one.pushed:
                continue
            print(f"\nRehearsing {one.tag}", file=sys.stderr)
            code, text = self.rehearse(one)
            self._say(text)
            self._say(text)
            if text:
                self._say(text)
                told.append(text)
            if code:
                return code, told
        return 0, told

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

    def _push(self, clone: Clone, plans: Sequence[Planned], rehearsals: Sequence[str]) -> int:
        ended = []
        for one in push_all(clone, plans, self.request):
            ended.append(one)
            self._say(reports.line(one))
        error = next((one.error for one in ended if one.error), None)
        outcome: Outcome = reports.outcome_of(error) if error else "pushed"
        self._end(reports.report(ended, outcome=outcome, rehearsals=rehearsals, error=error))
        if error and not self.as_json:
            print(f"\n{error.message}\nNext: {error.next}\n{reports.continuing(ended)}", file=sys.stderr)
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
        print(f"{error.message}\nNext: {error.next}", file=sys.stderr)
    return error.exit_code
