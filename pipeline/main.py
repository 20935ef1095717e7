"""Release services of a monorepo: one tag, one image, one GitHub release.

The verbs are the same in `dagger call` and in the `pipeline` command. Every one of them reads remotes that can
change, so none is ever answered from the function cache.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, ParamSpec, TypeVar

import dagger
from dagger import DefaultPath, Doc, Name, function, object_type
from dagger.mod import default_module

from pipeline import listing, source
from pipeline.catalogue import Catalogue
from pipeline.concurrency import both
from pipeline.credentials import Credential
from pipeline.errors import PipelineError
from pipeline.github.api import PUBLIC_API, Github
from pipeline.image import Registry
from pipeline.release import Parties, Release, Stopped
from pipeline.report import rejected
from pipeline.session import ask
from pipeline.source import USERNAME, Source
from pipeline.tag import Tag

# An error of this pipeline is written to be read; a stack trace in front of it would hide it.
default_module().log_exceptions = False

P = ParamSpec("P")
R = TypeVar("R")

TagArgument = Annotated[str, Doc("The release tag, <service>/vX.Y.Z.")]
JsonFlag = Annotated[bool, Name("json"), Doc("Answer with one JSON document.")]


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

    @verb
    async def services(self, json_: JsonFlag = False) -> str:
        """List the services of the catalogue, once it is found valid."""
        catalogue = await self._catalogue()
        return listing.as_json(catalogue) if json_ else listing.as_text(catalogue)

    @verb
    async def checkout(self, tag: TagArgument) -> dagger.Directory:
        """Get the tagged tree, without its git directory."""
        release = await self._release(tag)
        return source.tree((await release.resolve()).value)

    @verb
    async def verify_ancestry(self, tag: TagArgument) -> str:
        """Get the commit the tag points at, or a refusal when it is not on main."""
        release = await self._release(tag)
        pinned = (await release.resolve()).value
        await release.verify_ancestry(pinned)
        return pinned.commit

    @verb
    async def build(self, tag: TagArgument) -> list[dagger.Container]:
        """Build the tag's image, a container per platform."""
        return await (await self._release(tag)).build_only()

    @verb
    async def push(self, tag: TagArgument) -> str:
        """Push the tag's image, unless it is there already, and get its reference by digest."""
        return await (await self._release(tag)).push_only()

    @verb
    async def release(
        self,
        tag: TagArgument,
        dry_run: Annotated[bool, Doc("Do everything but the push and the release.")] = False,
        ref: Annotated[str, Doc("With --dry-run: a branch or commit in place of a tag that does not exist yet.")] = "",
        json_: JsonFlag = False,
    ) -> str:
        """Release a tag: verify, build, push, release, confirm; a second call does only what is missing."""
        try:
            release = await self._release(tag, dry_run=dry_run, ref=ref, as_json=json_)
        except PipelineError as error:
            report = rejected(tag, error, dry_run=dry_run)
            raise Stopped(error, report, report.json() if json_ else report.text()) from error
        return await release.run()

    async def _release(self, tag: str, *, dry_run: bool = False, ref: str = "", as_json: bool = False) -> Release:
        parsed = Tag.parse(tag)
        return Release(await self._parties(), parsed, dry_run=dry_run, ref=ref, as_json=as_json)

    async def _parties(self) -> Parties:
        catalogue = await self._catalogue()
        github_credential, registry_credential = await both(
            partial(Credential.of, self.github_token), partial(Credential.of, self.registry_token)
        )
        github = Github(api=self.github_api, repository=catalogue.repository, credential=github_credential)
        url = self.git_url or f"{github.web}.git"
        prefix = self.registry or catalogue.registry
        return Parties(
            catalogue=catalogue,
            source=Source(url=url, main=catalogue.main, credential=github.credential_for(url)),
            registry=Registry(prefix=prefix, username=self.registry_username, credential=registry_credential),
            github=github,
        )

    async def _catalogue(self) -> Catalogue:
        text = await ask(self.config.contents, explain=listing.unreadable)
        return Catalogue.parse(text)
