"""Everybody a run talks to, and the catalogue that says what about."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import dagger

from pipeline.addresses import check_git_url, check_http, check_registry
from pipeline.artifact import Artifact
from pipeline.binaries.artifact import Binaries
from pipeline.binaries.npm import Npm
from pipeline.catalogue import Catalogue, Service
from pipeline.errors import NotAnImage, NotBinaries, Refused
from pipeline.github.api import Github
from pipeline.image.artifact import Image
from pipeline.image.registry import Registry
from pipeline.runtime.concurrency import together
from pipeline.runtime.credentials import Credential
from pipeline.source import Source
from pipeline.tag import Tag


class Settings(Protocol):
    """What a call says of the parties: the constructor's arguments of the `Pipeline` object, and documented there."""

    github_token: dagger.Secret | None
    registry_token: dagger.Secret | None
    registry_username: str
    github_api: str
    git_url: str
    registry: str
    npm_token: dagger.Secret | None
    npm_registry: str
    goreleaser_key: dagger.Secret | None
    infra_token: dagger.Secret | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """The git remote, the registries and GitHub, as one catalogue and one call name them.

    ``infra`` is the repository that promotions go to, if the catalogue has one.
    """

    catalogue: Catalogue
    source: Source
    registry: Registry
    github: Github
    npm: Npm
    goreleaser_key: Credential
    infra: Github | None = None

    @classmethod
    async def of(cls, catalogue: Catalogue, settings: Settings) -> "Parties":
        """Whom the catalogue names, or the call instead, each with its credential, if there is one.

        Raises `BadFlag` for what cannot be an address.
        """
        check_http("--github-api", settings.github_api)
        if settings.npm_registry:
            check_http("--npm-registry", settings.npm_registry)
        check_registry("--registry", settings.registry)
        check_git_url("--git-url", settings.git_url)
        secrets = {
            "--github-token": settings.github_token,
            "--registry-token": settings.registry_token,
            "--infra-token": settings.infra_token,
            "--npm-token": settings.npm_token,
            "--goreleaser-key": settings.goreleaser_key,
        }
        credentials = await together([partial(Credential.of, secret, flag=flag) for flag, secret in secrets.items()])
        github_credential, registry_credential, infra_credential, npm_credential, key = credentials
        github = Github(api=settings.github_api, repository=catalogue.repository, credential=github_credential)
        url = settings.git_url or f"{github.web}.git"
        return cls(
            catalogue=catalogue,
            source=Source(url=url, main=catalogue.main, credential=github.credential_for(url)),
            registry=Registry(
                prefix=settings.registry or catalogue.registry,
                username=settings.registry_username,
                credential=registry_credential,
            ),
            github=github,
            npm=Npm(url=settings.npm_registry, credential=npm_credential),
            goreleaser_key=key,
            infra=_infra(catalogue, github, infra_credential),
        )

    def artifact(self, tag: Tag) -> Artifact[Any, Any]:
        """What a tag stands for, by its service's kind alone."""
        return self.image(tag) if self.catalogue.service_of(tag).kind == "image" else self.binaries(tag)

    def image(self, tag: Tag) -> Image:
        """The image that a tag stands for. Raises `NotAnImage` for a service that ships otherwise."""
        return Image(
            service=self._service(tag, kind="image"),
            tag=tag,
            source=self.source,
            registry=self.registry,
            repository_url=self.github.web,
        )

    def binaries(self, tag: Tag) -> Binaries:
        """The command-line tool that a tag stands for. Raises `NotBinaries` for a service that ships as an image."""
        return Binaries(
            service=self._service(tag, kind="cli"),
            tag=tag,
            source=self.source,
            npm=self.npm,
            key=self.goreleaser_key,
            repository=self.catalogue.repository,
            repository_url=self.github.web,
        )

    def _service(self, tag: Tag, *, kind: str) -> Service:
        """A tag's service, which has to be of a kind."""
        service = self.catalogue.service_of(tag)
        if service.kind != kind:
            refusal, never, verb = _OTHER_KIND[kind]
            raise refusal(
                f"{tag} is of kind {service.kind}, which never makes {never}.",
                next=f"Ask for what it does make, with the same flags: {verb} --tag {tag}",
            )
        return service


_OTHER_KIND: dict[str, tuple[type[Refused], str, str]] = {
    "image": (NotAnImage, "an image", "binaries"),
    "cli": (NotBinaries, "binaries", "build"),
}
"""How a service is refused that is not of a kind: the error, what it never makes, and the verb that builds it."""


def _infra(catalogue: Catalogue, github: Github, credential: Credential) -> Github | None:
    """The infra repository, opened by the GitHub token where it has none of its own."""
    if catalogue.infra is None:
        return None
    own = credential if credential.secret else github.credential
    return Github(api=github.api, repository=catalogue.infra.repository, credential=own)
