"""A release, from tag to published: the order, and what is looked at before anything is done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic

import anyio
from msgspec import UNSET

from pipeline import readback, record, source
from pipeline.artifact import Artifact, BuiltT, PublishedT
from pipeline.errors import Answered, Interrupted, Mismatch, NotAuthorized, PipelineError
from pipeline.github import publishing, releases
from pipeline.github.api import Github
from pipeline.journal import Journal, Result
from pipeline.plan import Changes, Planner
from pipeline.report import ErrorReport, ReleaseReport, Report, RunOutcome, outcome_of
from pipeline.request import Request
from pipeline.runtime.concurrency import ahead, both
from pipeline.source import Pinned
from pipeline.tag import Tag


@dataclass(frozen=True, slots=True)
class Found(Generic[PublishedT]):
    """What is published of a tag already."""

    artifact: PublishedT | None = None
    release: releases.Release | None = None

    @property
    def released(self) -> bool:
        """Whether the GitHub release is there with its record, or can have none any more."""
        return self.release is not None and not self.release.lacks(record.NAME)

    @property
    def everything(self) -> bool:
        """Whether nothing is left to do."""
        return self.artifact is not None and self.released


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
    """One run for one tag: its stages, each of which can also be called for itself, and their order."""

    def __init__(self, request: Request, artifact: Artifact[BuiltT, PublishedT]) -> None:
        self.artifact = artifact
        self.planner = Planner(request, artifact)
        self._request = request
        self._commit: str | None = None

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
        stage = journal.stage
        # Pin the tag to a commit: everything after works on the commit.
        pinned = await stage("resolve", self.resolve())
        # Only what is on main may be released.
        await stage("verify-ancestry", self.verify_ancestry(pinned))
        # All that can be wrong is found before anything is built.
        found = await stage("preflight", self.preflight(pinned))
        # What the notes will tell is read while the build runs.
        async with ahead(partial(self.changes, pinned, found)) as changes:
            # Every platform at once; what is published already is not built again.
            built = await stage("build", self.build(pinned, found))
            # The tag and main once more: the build may have taken long.
            await stage("verify-unmoved", self.verify_unmoved(pinned, found))
            # Whatever is there afterwards is the artifact, whoever was first.
            published = await stage("push", self.push(found, built))
            # A draft, filled, then made visible.
            await stage("release", self.release(pinned, found, changes, built, published))
        # Both read back and compared.
        released = await stage("confirm", self.confirm(pinned, found, published, self._files(built)))
        files = dict(released.files) if released else self._files(built)
        return self._report(journal, self._outcome(found), published=published, release=released, files=files)

    @property
    def tag(self) -> Tag:
        """The tag that is released."""
        return self._request.tag

    @property
    def github(self) -> Github:
        """Where the GitHub release is."""
        return self._request.github

    async def released_tags(self) -> list[Tag]:
        """All release tags of the service, lowest version first."""
        return await source.released_tags(self._request.source, self.tag.service)

    async def pinned_on_main(self) -> Pinned:
        """The tag's commit, once it is known to be on main."""
        pinned = (await self.resolve()).value
        await self.verify_ancestry(pinned)
        return pinned

    async def resolve(self) -> Result[Pinned]:
        """The commit the tag points at, or in a rehearsal the one that stands in for it."""
        request = self._request
        if request.ref:
            pinned = await source.resolve_ref(request.source, request.ref)
            detail = f"{request.ref} stands in for {request.tag}: {pinned.commit}"
        else:
            pinned = await source.resolve(request.source, request.tag)
            detail = f"{request.tag.ref} is {pinned.commit}"
        self._commit = pinned.commit
        return Result(pinned, detail)

    async def verify_ancestry(self, pinned: Pinned) -> Result[None]:
        """Refuse a commit that is not on main."""
        main = self._request.source.main
        if self._request.may_be_off_main:
            return Result(None, f"need not be on {main}")
        await source.verify_ancestry(self._request.source, pinned, self._request.tag)
        return Result(None, f"on {main}")

    async def preflight(self, pinned: Pinned) -> Result[Found[PublishedT]]:
        """Look at everything that is there and at everything that may be missing; all problems are told at once."""
        artifact, release = await both(partial(self._find_artifact, pinned), partial(self._check_github, pinned))
        return Result(Found(artifact.value, release.value), f"{artifact.detail}; {release.detail}")

    async def _find_artifact(self, pinned: Pinned) -> Result[PublishedT | None]:
        try:
            found = await self.artifact.find(pinned.commit)
        except NotAuthorized:
            if self._request.dry_run and not self.artifact.has_credential:
                return Result(None, "registry not checked: no token")
            raise
        return Result(found, f"{self.artifact.name} is {'there' if found else 'free'}")

    async def _check_github(self, pinned: Pinned) -> Result[releases.Release | None]:
        github = self._request.github
        if github.credential.secret is None:
            if self._request.dry_run:
                return Result(None, "GitHub not checked: no token")
            raise NotAuthorized(
                f"There is no GitHub token: {github.credential.missing}.",
                next=github.credential.next_step(),
            )
        await github.call(releases.check_access)
        return await self._find_release(pinned)

    async def _find_release(self, pinned: Pinned) -> Result[releases.Release | None]:
        found = await self._request.github.call(
            lambda repository: releases.find(repository, self._request.tag, pinned.commit)
        )
        return Result(found, "release there" if found else "no release yet")

    async def build(self, pinned: Pinned, found: Found[PublishedT]) -> Result[BuiltT | None]:
        """What the tag's service ships, unless it is published already."""
        if found.everything or (found.artifact and not self.artifact.feeds_release):
            return Result(None, f"{self.artifact.name} is there", "already-done")
        built = await self.artifact.build(pinned)
        return Result(built, self.artifact.told(built))

    async def verify_unmoved(self, pinned: Pinned, found: Found[PublishedT]) -> Result[None]:
        """Refuse to go on when the tag or main is not what it was."""
        request = self._request
        if request.ref:
            return Result(None, f"{request.tag} does not exist yet", "planned")
        if found.everything:
            return Result(None, "nothing is left to publish", "already-done")
        now = await source.verify_unmoved(request.source, pinned, request.tag)
        if not request.may_be_off_main:
            await source.verify_ancestry(request.source, now, request.tag)
        return Result(None, "tag and main are as they were")

    async def push(self, found: Found[PublishedT], built: BuiltT | None) -> Result[PublishedT | None]:
        """The artifact, published."""
        if found.artifact and (built is None or self._request.dry_run):
            return Result(found.artifact, found.artifact.summary, "already-done")
        if self._request.dry_run or built is None:
            return Result(None, f"would push {self.artifact.name}", "planned")
        published = await self.artifact.push(built)
        return Result(published, published.summary, "already-done" if found.artifact else "done")

    async def changes(self, pinned: Pinned, found: Found[PublishedT]) -> Changes:
        """What came after the service's previous release; nothing where no GitHub release is to be made."""
        if self._request.dry_run or found.released:
            return Changes()
        return await self.planner.changes(pinned)

    async def release(
        self,
        pinned: Pinned,
        found: Found[PublishedT],
        changes: Callable[[], Awaitable[Changes]],
        built: BuiltT | None,
        published: PublishedT | None,
    ) -> Result[None]:
        """The GitHub release, with notes since the service's previous one."""
        request = self._request
        if found.release and found.released:
            return Result(None, found.release.url, "already-done")
        if request.dry_run or published is None:
            return Result(None, f"would release {request.tag}", "planned")
        plan = await self.planner.plan(pinned, await changes(), built, published)
        made = await request.github.call(lambda repository: publishing.publish(repository, plan))
        return Result(None, made.url)

    def _files(self, built: BuiltT | None) -> dict[str, str]:
        return {asset.name: asset.digest for asset in self.artifact.assets(built)}

    async def preview(self) -> str:
        """The notes that a release now would have, also before anything is published."""
        pinned = (await self.resolve()).value
        found = await self._find_artifact(pinned)
        published = (
            found.value.instructions() if found.value else f"Not published, as far as can be told: {found.detail}."
        )
        return self.planner.notes(await self.planner.changes(pinned), published)

    async def confirm(
        self,
        pinned: Pinned,
        found: Found[PublishedT],
        published: PublishedT | None,
        files: Mapping[str, str] | None = None,
    ) -> Result[releases.Release | None]:
        """Read the artifact, the release, its files and its record back, and compare them with what was meant."""
        if self._request.dry_run or published is None:
            return Result(None, "nothing was published", "planned")
        if found.everything:
            return Result(found.release, "nothing was published, and preflight has just read both", "already-done")
        artifact, release = await both(partial(self._find_artifact, pinned), partial(self._find_release, pinned))
        readback.check_artifact(self.artifact.name, artifact.value, published)
        if release.value is None:
            raise Mismatch(f"The GitHub release {self._request.tag} is gone.", next="Run the same call again.")
        readback.check_files(self.tag, release.value, files or {})
        await readback.check_record(self.github, self.tag, self.artifact.name, published)
        return Result(release.value, f"{self.artifact.name} and the release are as meant")

    def _outcome(self, found: Found[PublishedT]) -> RunOutcome:
        if self._request.dry_run:
            return "rehearsed"
        return "already-released" if found.everything else "released"

    def _stopped(self, journal: Journal, error: PipelineError) -> Stopped:
        return Stopped(error, self._report(journal, outcome_of(error), error=error))

    def _report(
        self,
        journal: Journal,
        outcome: RunOutcome,
        *,
        published: PublishedT | None = None,
        release: releases.Release | None = None,
        files: Mapping[str, str] | None = None,
        error: PipelineError | None = None,
    ) -> Report:
        tag = self._request.tag
        shipped = self.artifact.report(published, files or {})
        planned = ReleaseReport(url=None, prerelease=tag.prerelease, latest=False)
        made = (
            ReleaseReport(url=release.url, prerelease=release.prerelease, latest=release.latest) if release else planned
        )
        return Report(
            tag=tag.name,
            service=tag.service,
            version=str(tag.version),
            prerelease=tag.prerelease,
            dry_run=self._request.dry_run,
            commit=self._commit,
            outcome=outcome,
            image=shipped.image,
            archives=shipped.archives,
            packages=shipped.packages,
            release=made,
            stages=journal.stages(),
            error=ErrorReport.of(error) if error else UNSET,
        )
