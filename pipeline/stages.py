"""The stages of a release: what each looks at, what it does, and what it hands on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic

from pipeline import readback, source
from pipeline.artifact import Artifact, BuiltT, Prepared, PublishedT, Pushed
from pipeline.errors import Mismatch, NotAuthorized
from pipeline.github import releases
from pipeline.github.api import Github
from pipeline.github.turns import Turns
from pipeline.journal import Result
from pipeline.plan import Changes, Planner
from pipeline.request import Request
from pipeline.runtime.concurrency import both
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
        return self.release is not None and not self.release.lacks(releases.RECORD)

    @property
    def everything(self) -> bool:
        """Whether nothing is left to do."""
        return self.artifact is not None and self.released


class Stages(Generic[BuiltT, PublishedT]):
    """The stages of one request, each of which can be called for itself; `pipeline.release` has their order."""

    def __init__(self, request: Request, artifact: Artifact[BuiltT, PublishedT]) -> None:
        self.request = request
        self.artifact = artifact
        self.planner = Planner(request, artifact)
        self._turns = Turns(request.github, request.tag)

    @property
    def tag(self) -> Tag:
        """The tag that is released."""
        return self.request.tag

    @property
    def github(self) -> Github:
        """Where the GitHub release is."""
        return self.request.github

    async def released_tags(self) -> list[Tag]:
        """All release tags of the service, lowest version first."""
        return await source.released_tags(self.request.source, self.tag.service)

    async def pinned_on_main(self) -> Pinned:
        """The tag's commit, once it is known to be on main."""
        pinned = (await self.resolve()).value
        await self.verify_ancestry(pinned)
        return pinned

    async def resolve(self) -> Result[Pinned]:
        """The commit the tag points at, or in a rehearsal the one that stands in for it."""
        request = self.request
        if request.ref:
            pinned = await source.resolve_ref(request.source, request.ref)
            detail = f"{request.ref} stands in for {request.tag}: {pinned.commit}"
        else:
            pinned = await source.resolve(request.source, request.tag)
            detail = f"{request.tag.ref} is {pinned.commit}"
        return Result(pinned, detail)

    async def verify_ancestry(self, pinned: Pinned) -> Result[None]:
        """Refuse a commit that is not on main."""
        main = self.request.source.main
        if self.request.may_be_off_main:
            return Result(None, f"need not be on {main}")
        await source.verify_ancestry(self.request.source, pinned, self.request.tag)
        return Result(None, f"on {main}")

    async def preflight(self, pinned: Pinned) -> Result[Found[PublishedT]]:
        """Look at everything that is there and at everything that may be missing; all problems are told at once."""
        artifact, release = await both(partial(self._find_artifact, pinned), partial(self._check_github, pinned))
        found = Found(artifact.value, release.value)
        if found.released and found.artifact is None and not self.request.dry_run:
            await readback.check_rebuildable(self.github, self.tag, self.artifact.name, self.request.service)
        return Result(found, f"{artifact.detail}; {release.detail}")

    async def _find_artifact(self, pinned: Pinned) -> Result[PublishedT | None]:
        try:
            found = await self.artifact.find(pinned.commit)
        except NotAuthorized:
            if self.request.dry_run and not self.artifact.has_credential:
                return Result(None, "registry not checked: no token")
            raise
        return Result(found, f"{self.artifact.name} is {'there' if found else 'free'}")

    async def _check_github(self, pinned: Pinned) -> Result[releases.Release | None]:
        github = self.request.github
        if github.credential.secret is None:
            if self.request.dry_run:
                return Result(None, "GitHub not checked: no token")
            raise NotAuthorized(
                f"There is no GitHub token: {github.credential.missing}.",
                next=github.credential.next_step(),
            )
        await github.call(releases.check_access)
        return await self._find_release(pinned)

    async def _find_release(self, pinned: Pinned) -> Result[releases.Release | None]:
        found = await self.request.github.call(
            lambda repository: releases.find(repository, self.request.tag, pinned.commit)
        )
        return Result(found, "release there" if found else "no release yet")

    async def build(
        self, found: Found[PublishedT], prepared: Callable[[], Awaitable[Prepared[BuiltT]]]
    ) -> Result[BuiltT | None]:
        """What the tag's service ships, unless it is published already; ``prepared`` gives what it starts from."""
        if found.everything or (found.artifact and not self.artifact.feeds_release):
            return Result(None, f"{self.artifact.name} is there", "already-done")
        built = await (await prepared()).build()
        return Result(built, self.artifact.told(built))

    async def built(self, pinned: Pinned, found: Found[PublishedT]) -> BuiltT | None:
        """`build` from the beginning, for a verb that has begun nothing ahead."""
        return (await self.build(found, partial(self.artifact.prepare, pinned))).value

    async def verify_unmoved(self, pinned: Pinned, found: Found[PublishedT]) -> Result[None]:
        """Refuse to go on when the tag or main is not what it was."""
        request = self.request
        if request.ref:
            return Result(None, f"{request.tag} does not exist yet", "planned")
        if found.everything:
            return Result(None, "nothing is left to publish", "already-done")
        now = await source.verify_unmoved(request.source, pinned, request.tag)
        if not request.may_be_off_main:
            await source.verify_ancestry(request.source, now, request.tag)
        return Result(None, "tag and main are as they were")

    async def push(
        self, pinned: Pinned, found: Found[PublishedT], built: BuiltT | None, *, is_last: bool = False
    ) -> Result[PublishedT | None]:
        """The artifact, published, by one run of the tag at a time; ``is_last`` says that no release follows."""
        if found.artifact and (built is None or self.request.dry_run):
            return Result(found.artifact, found.artifact.summary, "already-done")
        if self.request.dry_run or built is None:
            return Result(None, f"would push {self.artifact.name}", "planned")
        if found.artifact:
            adopted = await self.artifact.push(built)
            return Result(adopted.published, adopted.published.summary, "already-done")
        pushed = await self._push_in_turn(pinned, found, built, is_last=is_last or found.released)
        if pushed.by_this_run or self._turns.lost:
            return Result(pushed.published, pushed.published.summary)
        return Result(pushed.published, f"{pushed.published.summary}, pushed by another run", "already-done")

    async def _push_in_turn(
        self, pinned: Pinned, found: Found[PublishedT], built: BuiltT, *, is_last: bool
    ) -> Pushed[PublishedT]:
        if self.github.credential.secret is None:
            return await self.artifact.push(built)

        async def another_runs() -> Pushed[PublishedT] | None:
            there = await self.artifact.find(pinned.commit)
            return Pushed(there, by_this_run=False) if there else None

        return await self._turns.push(
            pinned.commit,
            partial(self.artifact.push, built),
            otherwise=another_runs,
            # As after the build: waiting may have taken long as well.
            after_waiting=partial(self.verify_unmoved, pinned, found),
            is_last=is_last,
        )

    async def changes(self, pinned: Pinned, found: Found[PublishedT]) -> Changes:
        """What came after the service's previous release; nothing where no GitHub release is to be made."""
        if self.request.dry_run or found.released:
            return Changes()
        return await self.planner.changes(pinned)

    async def release(
        self,
        pinned: Pinned,
        found: Found[PublishedT],
        changes: Callable[[], Awaitable[Changes]],
        built: BuiltT | None,
        published: PublishedT | None,
    ) -> Result[releases.Release | None]:
        """The GitHub release, with notes since the service's previous one."""
        request = self.request
        if found.release and found.released:
            self._turns.end()
            return Result(found.release, found.release.url, "already-done")
        if request.dry_run or published is None:
            return Result(None, f"would release {request.tag}", "planned")
        plan = await self.planner.plan(pinned, await changes(), built, published)
        made = await self._turns.publish(plan)
        return Result(made, made.url)

    def files(self, built: BuiltT | None) -> dict[str, str]:
        """The GitHub release's files besides its record, by name and digest."""
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
        if self.request.dry_run or published is None:
            return Result(None, "nothing was published", "planned")
        if found.everything:
            return Result(found.release, "nothing was published, and preflight has just read both", "already-done")
        look_at_both = partial(both, partial(self._find_artifact, pinned), partial(self._find_release, pinned))
        (artifact, release), record = await both(look_at_both, partial(readback.record, self.github, self.tag))
        readback.check_artifact(self.artifact.name, artifact.value, published)
        if release.value is None:
            raise Mismatch(
                f"The GitHub release {self.request.tag} was published, and is gone from GitHub.",
                next="Run the same call again.",
            )
        readback.check_files(self.tag, release.value, files or {})
        readback.check_record(self.tag, self.artifact.name, record, published)
        return Result(release.value, f"{self.artifact.name} and the release are as meant")
