"""Release services of a monorepo: one tag, one image, one GitHub release.

The verbs are the same in `dagger call` and in the `pipeline` command. Every one of them reads remotes that can
change, so none is ever answered from the function cache.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import dagger
from dagger import DefaultPath, Doc, dag, function, object_type
from dagger.mod import default_module

from pipeline import listing, source, summary
from pipeline.catalogue import Catalogue
from pipeline.errors import Answered, BadFlag
from pipeline.github.api import PUBLIC_API
from pipeline.journal import Journal
from pipeline.parties import Parties
from pipeline.runs.prepared import Make, prepared, run
from pipeline.runs.several import release_all
from pipeline.runtime import limits
from pipeline.runtime.once import Once
from pipeline.runtime.session import ask
from pipeline.source import USERNAME
from pipeline.stages import Found, Stages
from pipeline.tag import Tag

if TYPE_CHECKING:
    from pipeline.status.audit import Audit
    from pipeline.status.confirm import Confirmation
    from pipeline.status.verify import Verification

# What no release needs is imported by the verb that needs it: a release starts sooner.

# An error of this pipeline is written to be read; a stack trace in front of it would hide it.
default_module().log_exceptions = False

P = ParamSpec("P")
R = TypeVar("R")

TagArgument = Annotated[str, Doc("The release tag, <service>/vX.Y.Z.")]
EnvironmentArgument = Annotated[str, Doc("An environment of the catalogue, such as production001.")]
JsonFlag = Annotated[bool, Doc("Answer with one JSON document.")]


def verb(method: Callable[P, R]) -> Callable[P, R]:
    """Make a method a function of the module, one that is never answered from the function cache."""
    never: Callable[[Callable[P, R]], Callable[P, R]] = function(cache="never")  # type: ignore[call-overload]
    return never(method)


@object_type
class Pipeline:
    """Releases services of a monorepo."""

    config: Annotated[dagger.File, DefaultPath("services.toml"), Doc("The catalogue of services.")]
    github_token: Annotated[dagger.Secret | None, Doc("Token for the git remote and the GitHub API.")] = None
    registry_token: Annotated[dagger.Secret | None, Doc("Token or password for the image registry.")] = None
    registry_username: Annotated[str, Doc("User name beside the registry token.")] = USERNAME
    github_api: Annotated[str, Doc("The GitHub REST API's address.")] = PUBLIC_API
    git_url: Annotated[str, Doc("The monorepo's git URL, instead of the catalogue's repository on GitHub.")] = ""
    registry: Annotated[str, Doc("Where images go, instead of the catalogue's registry.")] = ""
    npm_token: Annotated[dagger.Secret | None, Doc("Token that may publish to the npm registry.")] = None
    npm_registry: Annotated[str, Doc("The npm registry's address, which releases of command-line tools need.")] = ""
    goreleaser_key: Annotated[dagger.Secret | None, Doc("Licence key, for a GoReleaser Pro image.")] = None
    infra_token: Annotated[
        dagger.Secret | None, Doc("Token for the infra repository; without it the GitHub token is used.")
    ] = None

    @verb
    async def services(self, as_json: JsonFlag = False) -> str:
        """List the services of the catalogue, once it is found valid."""
        catalogue = listing.elsewhere(await self._catalogue(), registry=self.registry)
        return listing.as_json(catalogue) if as_json else listing.as_text(catalogue)

    @verb
    async def checkout(self, tag: TagArgument) -> dagger.Directory:
        """Get the tagged tree, without its git directory."""
        pinned = await (await self._stages(tag)).resolve()
        return source.tree(pinned.value)

    @verb
    async def verify_ancestry(self, tag: TagArgument) -> str:
        """Get the commit the tag points at, or a refusal when it is not on main."""
        return (await (await self._stages(tag)).pinned_on_main()).commit

    @verb
    async def build(self, tag: TagArgument) -> list[dagger.Container]:
        """Build the tag's image, a container per platform."""
        stages = await self._stages(tag, make=Parties.image)
        pinned = await stages.pinned_on_main()
        built = await stages.built(pinned, Found())
        return built.variants if built else []

    @verb
    async def binaries(self, tag: TagArgument) -> dagger.Directory:
        """Build the tag's archives and programs, as the folder that GoReleaser leaves."""
        stages = await self._stages(tag, make=Parties.binaries)
        pinned = await stages.pinned_on_main()
        built = await stages.built(pinned, Found())
        return built.directory if built else dag.directory()

    @verb
    async def push(self, tag: TagArgument) -> str:
        """Push the tag's image or npm packages, unless they are there already, and get what names them for good."""
        stages = await self._stages(tag)
        pinned = await stages.pinned_on_main()
        found = Found(await stages.artifact.find(pinned.commit))
        built = await stages.built(pinned, found)
        await stages.verify_unmoved(pinned, found)
        published = (await stages.push(pinned, found, built, is_last=True)).value
        return published.address if published else ""

    @verb
    async def release(
        self,
        tag: Annotated[list[str], Doc("The release tag, <service>/vX.Y.Z; several are released at once.")],
        dry_run: Annotated[bool, Doc("Do everything but the push and the release.")] = False,
        ref: Annotated[str, Doc("With --dry-run: a branch or commit in place of a tag that does not exist yet.")] = "",
        as_json: JsonFlag = False,
    ) -> str:
        """Release a tag: verify, build, push, release, confirm; a second call does only what is missing."""
        parties = Once(self._parties)
        one = partial(run, parties=parties, dry_run=dry_run, ref=ref, alone=len(tag) == 1)
        return await release_all({name: partial(one, name) for name in tag}, as_json=as_json)

    @verb
    async def status(
        self,
        tag: Annotated[str, Doc("One release tag; without it, the newest of each service.")] = "",
        service: Annotated[str, Doc("One service: its latest stable version and its latest candidate.")] = "",
        as_json: JsonFlag = False,
    ) -> str:
        """See where releases stand: tag, commit, image, GitHub release, and what each environment runs."""
        from pipeline.status import table
        from pipeline.status.survey import Survey

        if tag and service:
            raise BadFlag("--tag and --service exclude each other.", next="Leave one of them out.")
        survey = Survey(await self._parties())
        status = await (survey.of_tag(Tag.parse(tag)) if tag else survey.newest(service))
        return status.json() if as_json else table.as_text(status)

    @verb
    async def confirm(
        self,
        tag: TagArgument,
        watch: Annotated[bool, Doc("Wait until both artifacts are there.")] = False,
        within: Annotated[int, Doc("With --watch: seconds to wait at most.")] = 1800,
        as_json: JsonFlag = False,
    ) -> str:
        """Confirm that a tag's image and GitHub release both exist and agree; it fails when they do not."""
        from pipeline.status.confirm import STAGE, confirm

        parties = await self._parties()
        confirmation = await confirm(parties, Tag.parse(tag), Journal([STAGE]), wait=within if watch else 0)
        return _answer(confirmation, as_json=as_json)

    @verb
    async def notes(
        self,
        tag: TagArgument,
        ref: Annotated[str, Doc("A branch or commit in place of a tag that does not exist yet.")] = "",
    ) -> str:
        """Preview a tag's release notes, as Markdown; nothing needs to be published yet."""
        return await (await self._stages(tag, dry_run=True, ref=ref)).preview()

    @verb
    async def verify(self, tag: TagArgument, as_json: JsonFlag = False) -> str:
        """Derive every line of a release's record again, from git, the registry and GitHub; fail on any difference."""
        from pipeline.status.verify import verify

        return _answer(await verify(await self._stages(tag)), as_json=as_json)

    @verb
    async def rehearse(
        self,
        head: Annotated[str, Doc("A branch or a whole commit ID, such as a pull request's.")],
        base: Annotated[str, Doc("What it is compared with; main when empty.")] = "",
        as_json: JsonFlag = False,
    ) -> str:
        """Rehearse a change before it is merged: a dry run of every service that it touches."""
        from pipeline.runs.rehearsal import Rehearsal

        runs = await Rehearsal(await self._parties(), base, head).runs()
        if not runs:
            return "[]" if as_json else summary.NOTHING
        return await release_all(runs, as_json=as_json)

    @verb
    async def summary(
        self, report: Annotated[dagger.File, Doc("What release or rehearse answered with --json.")]
    ) -> str:
        """Turn a report into Markdown, for the page that a CI shows of a job."""
        text = await ask(report.contents, explain=summary.unreadable)
        return summary.render(summary.read(text))

    @verb
    async def workflow(
        self,
        for_: Annotated[str, Doc("Which CI: depot or github.")] = "depot",
        kind: Annotated[
            str, Doc("What it does: release (of a pushed tag), or rehearse (of a pull request).")
        ] = "release",
    ) -> str:
        """Make the CI workflow that calls this pipeline, from the catalogue."""
        from pipeline.workflow import render as workflows

        return workflows.render(await self._catalogue(), ci=for_, kind=kind)

    @verb
    async def audit(self, as_json: JsonFlag = False) -> str:
        """Go over all release tags for those left half done or wrongly marked; it fails when there are any."""
        from pipeline.status import audit as audits

        return _answer(await audits.audit(await self._parties(), Journal(audits.STAGES)), as_json=as_json)

    @verb
    async def board(self) -> dagger.File:
        """Get one HTML page of all services by stage: what is released, what runs, what is stranded."""
        from pipeline.board import gather as boards
        from pipeline.board.render import render

        facts = await boards.gather(await self._parties(), Journal(boards.STAGES))
        return dag.file("board.html", render(facts))

    @verb
    async def promote(
        self,
        tag: TagArgument,
        environment: EnvironmentArgument,
        prerelease: Annotated[bool, Doc("Let a pre-release into the environment.")] = False,
        dry_run: Annotated[bool, Doc("Only show the change that would be proposed.")] = False,
        as_json: JsonFlag = False,
    ) -> str:
        """Propose a released version for an environment: a pull request in the infra repository that moves the pin."""
        from pipeline.promotion import promote as promotion

        wish = promotion.Wish(direction="promote", environment=environment, prerelease=prerelease, dry_run=dry_run)
        report = await promotion.promote(await self._parties(), Tag.parse(tag), wish)
        return report.json() if as_json else report.text()

    @verb
    async def rollback(
        self,
        environment: EnvironmentArgument,
        tag: Annotated[str, Doc("The earlier release to go back to.")] = "",
        service: Annotated[str, Doc("Instead of a tag: go back to this service's stable version before.")] = "",
        dry_run: Annotated[bool, Doc("Only show the change that would be proposed.")] = False,
        as_json: JsonFlag = False,
    ) -> str:
        """Propose an earlier released version for an environment, by a pull request as `promote` opens it."""
        from pipeline.promotion import promote as promotion

        parties = await self._parties()
        named = promotion.requested(tag, service)
        wish = promotion.Wish(
            direction="rollback", environment=environment, prerelease=named is not None, dry_run=dry_run
        )
        earlier = named or await promotion.released_before(parties, service, environment)
        report = await promotion.promote(parties, earlier, wish)
        return report.json() if as_json else report.text()

    async def _stages(
        self, name: str, *, dry_run: bool = False, ref: str = "", make: Make = Parties.artifact
    ) -> Stages[Any, Any]:
        tag = Tag.parse(name)
        return prepared(await self._parties(), tag, dry_run=dry_run, ref=ref, make=make)

    async def _parties(self) -> Parties:
        return await Parties.of(await self._catalogue(), self)

    async def _catalogue(self) -> Catalogue:
        text = await ask(self.config.contents, explain=listing.unreadable)
        catalogue = Catalogue.parse(text)
        limits.use(catalogue.limits)
        return catalogue


def _answer(found: "Audit | Confirmation | Verification", *, as_json: bool) -> str:
    """What was found as an answer, which is raised when it is a failure as well."""
    text = found.json() if as_json else found.text()
    if found.problem:
        raise Answered(found.problem, text)
    return text
