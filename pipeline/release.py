"""A release, from tag to published: the order of its stages, and the report on how far it came."""

from collections.abc import Mapping
from functools import partial
from typing import Generic

import anyio
from msgspec import UNSET

from pipeline.artifact import BuiltT, PublishedT
from pipeline.errors import Answered, Interrupted, PipelineError
from pipeline.github import releases
from pipeline.journal import Journal
from pipeline.report import ErrorReport, ReleaseReport, Report, RunOutcome, outcome_of
from pipeline.runtime.concurrency import ahead
from pipeline.stages import Found, Stages


class Stopped(Answered):
    """A release that was refused or failed: the error that stopped it, and the report up to there.

    It prints as ``message``, by default the report as text, so that who sees only the message sees everything.
    """

    def __init__(self, error: PipelineError, report: Report, message: str = "") -> None:
        super().__init__(error, message or report.text())
        self.report = report


def interrupted(journal: Journal) -> Interrupted:
    """What is done and what is not, when a run is asked to stop."""
    done = [stage.name for stage in journal.stages() if stage.outcome in ("done", "already-done", "planned")]
    left = [stage.name for stage in journal.stages() if stage.name not in done]
    return Interrupted(
        f"Interrupted. Done: {', '.join(done) or 'nothing'}. Not finished: {', '.join(left)}.",
        next="Run the same call again: it does only what is missing.",
    )


class Release(Generic[BuiltT, PublishedT]):
    """One run of all stages for one tag."""

    def __init__(self, stages: Stages[BuiltT, PublishedT]) -> None:
        self._stages = stages
        # What is known so far; a report of a run that stops has it too.
        self._commit: str | None = None
        self._published: PublishedT | None = None
        self._released: releases.Release | None = None
        self._files: Mapping[str, str] = {}

    async def run(self, journal: Journal) -> Report:
        """Release the tag, or do what is missing of it.

        Raises `Stopped` when a rule or a fault ends the run.
        """
        try:
            return await self._in_order(journal)
        except anyio.get_cancelled_exc_class():
            raise self._stopped(journal, interrupted(journal)) from None
        except PipelineError as error:
            raise self._stopped(journal, error) from error

    async def _in_order(self, journal: Journal) -> Report:
        stages, stage = self._stages, journal.stage
        # Pin the tag to a commit: everything after works on the commit.
        # GitHub's client is imported while git is asked.
        async with ahead(stages.github.made_ready):
            pinned = await stage("resolve", stages.resolve())
        self._commit = pinned.commit
        # What a build starts from is fetched while it is found out whether there will be one.
        async with ahead(partial(stages.artifact.prepare, pinned)) as prepared:
            # Only what is on main may be released.
            await stage("verify-ancestry", stages.verify_ancestry(pinned))
            # All that can be wrong is found before anything is built.
            found = await stage("preflight", stages.preflight(pinned))
            self._published, self._released = found.artifact, found.release
            # What the notes will tell is read while the build runs.
            async with ahead(partial(stages.changes, pinned, found)) as changes:
                # Every platform at once; what is published already is not built again.
                built = await stage("build", stages.build(found, prepared))
                self._files = stages.files(built)
                # The tag and main once more: the build may have taken long.
                await stage("verify-unmoved", stages.verify_unmoved(pinned, found))
                # One run of the tag at a time, by a claim on the draft release; who has waited for it looks at the tag
                # and main again. Whatever is there afterwards is the artifact, whoever was first.
                self._published = await stage("push", stages.push(pinned, found, built))
                # The draft, filled, then made visible.
                self._released = await stage("release", stages.release(pinned, found, changes, built, self._published))
        # Both read back and compared.
        self._released = await stage("confirm", stages.confirm(pinned, found, self._published, self._files))
        return self._report(journal, self._outcome(found))

    def _outcome(self, found: Found[PublishedT]) -> RunOutcome:
        if self._stages.request.dry_run:
            return "rehearsed"
        return "already-released" if found.everything else "released"

    def _stopped(self, journal: Journal, error: PipelineError) -> Stopped:
        return Stopped(error, self._report(journal, outcome_of(error), error=error))

    def _report(self, journal: Journal, outcome: RunOutcome, *, error: PipelineError | None = None) -> Report:
        tag, release = self._stages.request.tag, self._released
        shipped = self._stages.artifact.report(self._published, dict(release.files) if release else self._files)
        planned = ReleaseReport(url=None, prerelease=tag.prerelease, latest=False)
        made = (
            ReleaseReport(url=release.url, prerelease=release.prerelease, latest=release.latest) if release else planned
        )
        return Report(
            tag=tag.name,
            service=tag.service,
            version=str(tag.version),
            prerelease=tag.prerelease,
            dry_run=self._stages.request.dry_run,
            commit=self._commit,
            outcome=outcome,
            image=shipped.image,
            archives=shipped.archives,
            packages=shipped.packages,
            release=made,
            stages=journal.stages(),
            error=ErrorReport.of(error) if error else UNSET,
        )
