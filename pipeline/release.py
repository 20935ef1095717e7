"""A release, from tag to published: the order, and what is looked at before anything is done."""

from dataclasses import dataclass
from functools import partial

import anyio
import dagger
from msgspec import UNSET

from pipeline import image, notes, source
from pipeline.catalogue import Catalogue
from pipeline.concurrency import both
from pipeline.errors import BadFlag, Interrupted, Mismatch, NotAnImage, NotAuthorized, PipelineError
from pipeline.github import history, releases
from pipeline.github.api import Github
from pipeline.image import Build, Published, Registry
from pipeline.journal import Journal, Result
from pipeline.report import STAGES, ErrorReport, ImageReport, ReleaseReport, Report, RunOutcome, outcome_of
from pipeline.source import Pinned, Source
from pipeline.tag import Tag, check_service


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Everybody a release talks to, and the catalogue that says what about."""

    catalogue: Catalogue
    source: Source
    registry: Registry
    github: Github


@dataclass(frozen=True, slots=True)
class Found:
    """What is published of a tag already."""

    image: Published | None
    release: releases.Release | None


NOTHING = Found(None, None)
"""Nothing of a tag is published yet."""


@dataclass(frozen=True, slots=True)
class Built:
    """The images of one release, a container per platform, and what went into them."""

    variants: list[dagger.Container]
    build: Build


class Stopped(Exception):
    """A release that was refused or failed: the error that stopped it, and the report up to there.

    It prints as the report, so that a caller who only sees the message sees everything.
    """

    def __init__(self, error: PipelineError, report: Report, message: str) -> None:
        super().__init__(message)
        self.error = error
        self.report = report


def interrupted(journal: Journal) -> Interrupted:
    """What is done and what is not, when a run is asked to stop."""
    done = [stage.name for stage in journal.stages() if stage.outcome in ("done", "already-done", "planned")]
    left = [stage.name for stage in journal.stages() if stage.name not in done]
    return Interrupted(
        f"Interrupted. Done: {', '.join(done) or 'nothing'}. Not done: {', '.join(left)}.",
        next="Run the same call again: it does only what is missing.",
    )


class Release:
    """One run for one tag: its stages, each of which can also be called for itself, and their order."""

    def __init__(
        self, parties: Parties, tag: Tag, *, dry_run: bool = False, ref: str = "", as_json: bool = False
    ) -> None:
        check_service(tag, parties.catalogue.services)
        if ref and not dry_run:
            raise BadFlag("--ref stands in for a tag only in a rehearsal.", next="Add --dry-run, or leave out --ref.")
        self._parties = parties
        self._service = parties.catalogue.services[tag.service]
        self._tag = tag
        self._dry_run = dry_run
        self._ref = ref
        self._render = Report.json if as_json else Report.text
        self._reference = parties.registry.reference(tag)
        self._commit: str | None = None

    async def run(self) -> str:
        """Release the tag, or do what is missing of it, and give back the report.

        Raises `Stopped` when a rule or a fault ends the run.
        """
        journal = Journal(STAGES)
        try:
            return self._render(await self._in_order(journal))
        except anyio.get_cancelled_exc_class():
            raise self._stopped(journal, interrupted(journal)) from None
        except PipelineError as error:
            raise self._stopped(journal, error) from error

    def _stopped(self, journal: Journal, error: PipelineError) -> Stopped:
        report = self._report(journal, outcome_of(error), error=error)
        return Stopped(error, report, self._render(report))

    async def build_only(self) -> list[dagger.Container]:
        """The image for every platform, built from a tag that is on main, whatever the registry has."""
        pinned = await self._pinned_on_main()
        built = (await self.build(pinned, NOTHING)).value
        return built.variants if built else []

    async def push_only(self) -> str:
        """The image's reference by digest, pushed if the registry does not have it yet."""
        pinned = await self._pinned_on_main()
        found = Found((await self._find_image(pinned)).value, None)
        built = (await self.build(pinned, found)).value
        await self.verify_unmoved(pinned, found)
        published = (await self.push(found, built)).value
        return f"{self._reference}@{published.digest}" if published else ""

    async def _pinned_on_main(self) -> Pinned:
        self._check_kind()
        pinned = (await self.resolve()).value
        await self.verify_ancestry(pinned)
        return pinned

    async def _in_order(self, journal: Journal) -> Report:
        stage = journal.stage
        # Pin the tag to a commit: everything after works on the commit.
        pinned = await stage("resolve", self.resolve())
        # Only what is on main may be released.
        await stage("verify-ancestry", self.verify_ancestry(pinned))
        # All that can be wrong is found before anything is built.
        found = await stage("preflight", self.preflight(pinned))
        # Every platform at once; an image that is there already is not built again.
        built = await stage("build", self.build(pinned, found))
        # The tag and main once more: the build may have taken long.
        await stage("verify-unmoved", self.verify_unmoved(pinned, found))
        # One index for all platforms; what the registry has afterwards is the image.
        published = await stage("push", self.push(found, built))
        # A draft, filled, then made visible.
        await stage("release", self.release(pinned, found, published))
        # Both artifacts read back and compared.
        released = await stage("confirm", self.confirm(pinned, published))
        return self._report(journal, self._outcome(found), published=published, release=released)

    async def resolve(self) -> Result[Pinned]:
        """The commit the tag points at, or in a rehearsal the one that stands in for it."""
        if self._ref:
            pinned = await source.resolve_ref(self._parties.source, self._ref)
            detail = f"{self._ref} stands in for {self._tag}: {pinned.commit}"
        else:
            pinned = await source.resolve(self._parties.source, self._tag)
            detail = f"{self._tag.ref} is {pinned.commit}"
        self._commit = pinned.commit
        return Result(pinned, detail)

    async def verify_ancestry(self, pinned: Pinned) -> Result[None]:
        """Refuse a commit that is not on main."""
        catalogue = self._parties.catalogue
        if self._tag.prerelease and catalogue.prereleases_off_main:
            return Result(None, f"the catalogue lets pre-releases be off {catalogue.main}")
        await source.verify_ancestry(self._parties.source, pinned, self._tag)
        return Result(None, f"on {catalogue.main}")

    async def preflight(self, pinned: Pinned) -> Result[Found]:
        """Look at everything that is there and at everything that may be missing; all problems are told at once."""
        self._check_kind()
        image_there, release_there = await both(partial(self._find_image, pinned), partial(self._find_release, pinned))
        return Result(Found(image_there.value, release_there.value), f"{image_there.detail}; {release_there.detail}")

    def _check_kind(self) -> None:
        if self._service.kind != "image":
            raise NotAnImage(
                f"{self._tag} is of kind {self._service.kind}, which never makes an image.",
                next="Release it with a version of this pipeline that builds command-line tools.",
            )

    async def _find_image(self, pinned: Pinned) -> Result[Published | None]:
        registry = self._parties.registry
        try:
            found = await image.find(registry, self._reference, self._service.platforms, pinned.commit)
        except NotAuthorized:
            if self._dry_run and registry.credential.secret is None:
                return Result(None, "registry not checked: no token")
            raise
        return Result(found, "image there" if found else "image tag free")

    async def _find_release(self, pinned: Pinned) -> Result[releases.Release | None]:
        github = self._parties.github
        if github.credential.secret is None:
            if self._dry_run:
                return Result(None, "GitHub not checked: no token")
            raise NotAuthorized(
                f"There is no GitHub token: {github.credential.missing}.",
                next="Pass one: --github-token env://GITHUB_TOKEN.",
            )
        await github.call(releases.check_access)
        found = await github.call(lambda repository: releases.find(repository, self._tag, pinned.commit))
        return Result(found, "release there" if found else "no release yet")

    async def build(self, pinned: Pinned, found: Found) -> Result[Built | None]:
        """The image for every platform, unless it is in the registry already."""
        if found.image:
            return Result(None, "the image is there", "already-done")
        committed = await source.commit_time(self._parties.source, pinned)
        build = Build(
            service=self._service,
            tag=self._tag,
            repository_url=self._parties.github.web,
            commit=pinned.commit,
            committed=committed,
        )
        variants = await image.build(source.tree(pinned), build)
        return Result(Built(variants, build), ", ".join(self._service.platforms))

    async def verify_unmoved(self, pinned: Pinned, found: Found) -> Result[None]:
        """Refuse to go on when the tag or main is not what it was."""
        if self._ref:
            return Result(None, f"{self._tag} does not exist yet", "planned")
        if found.image and found.release:
            return Result(None, "nothing is left to publish", "already-done")
        await source.verify_unmoved(self._parties.source, pinned, self._tag)
        if not (self._tag.prerelease and self._parties.catalogue.prereleases_off_main):
            await source.verify_ancestry(self._parties.source, pinned, self._tag, again=True)
        return Result(None, "tag and main are as they were")

    async def push(self, found: Found, built: Built | None) -> Result[Published | None]:
        """The image's index in the registry."""
        if found.image:
            return Result(found.image, found.image.digest, "already-done")
        if self._dry_run or built is None:
            return Result(None, f"would push {self._reference}", "planned")
        published = await image.push(self._parties.registry, self._reference, built.variants, built.build)
        return Result(published, published.digest)

    async def release(self, pinned: Pinned, found: Found, published: Published | None) -> Result[None]:
        """The GitHub release, with notes since the service's previous one."""
        if found.release:
            return Result(None, found.release.url, "already-done")
        if self._dry_run or published is None:
            return Result(None, f"would release {self._tag}", "planned")
        plan = await self._plan(pinned, published)
        made = await self._parties.github.call(lambda repository: releases.publish(repository, plan))
        return Result(None, made.url)

    async def _plan(self, pinned: Pinned, published: Published) -> releases.Plan:
        github, tags = self._parties.github, await source.released_tags(self._parties.source, self._tag.service)
        since = notes.previous(self._tag, tags)
        past = await github.call(partial(history.between, base=since.name, head=pinned.commit)) if since else None
        return releases.Plan(
            tag=self._tag,
            commit=pinned.commit,
            body=notes.render(web=github.web, tag=self._tag, since=since, history=past, image=published),
            latest=self._service.table.latest and notes.latest(self._tag, tags),
        )

    async def confirm(self, pinned: Pinned, published: Published | None) -> Result[releases.Release | None]:
        """Read the image and the release back, and compare them with what was meant."""
        if self._dry_run or published is None:
            return Result(None, "nothing was published", "planned")
        image_now, release_now = await both(partial(self._find_image, pinned), partial(self._find_release, pinned))
        if image_now.value != published:
            raise Mismatch(
                f"{self._reference} is {image_now.value.digest if image_now.value else 'gone'}, not {published.digest}.",
                next=f"Somebody else pushes to this tag: find out who. {source.FORWARD_FIX}",
            )
        if release_now.value is None:
            raise Mismatch(f"The GitHub release {self._tag} is gone.", next="Run the same call again.")
        return Result(release_now.value, "image and release are as meant")

    def _outcome(self, found: Found) -> RunOutcome:
        if self._dry_run:
            return "rehearsed"
        return "already-released" if found.image and found.release else "released"

    def _report(
        self,
        journal: Journal,
        outcome: RunOutcome,
        *,
        published: Published | None = None,
        release: releases.Release | None = None,
        error: PipelineError | None = None,
    ) -> Report:
        digest = published.digest if published else None
        planned = ReleaseReport(url=None, prerelease=self._tag.prerelease, latest=False)
        made = (
            ReleaseReport(url=release.url, prerelease=release.prerelease, latest=release.latest) if release else planned
        )
        return Report(
            tag=self._tag.name,
            service=self._tag.service,
            version=str(self._tag.version),
            prerelease=self._tag.prerelease,
            dry_run=self._dry_run,
            commit=self._commit,
            outcome=outcome,
            image=ImageReport(reference=self._reference, digest=digest, platforms=self._service.platforms),
            release=made,
            stages=journal.stages(),
            error=ErrorReport.of(error) if error else UNSET,
        )
