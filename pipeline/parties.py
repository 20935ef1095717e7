"""Everybody a run talks to, and the catalogue that says what about."""

from dataclasses import dataclass
from typing import Any

from pipeline.artifact import Artifact
from pipeline.binaries.artifact import Binaries
from pipeline.binaries.npm import Npm
from pipeline.catalogue import Catalogue
from pipeline.errors import NotAnImage, NotBinaries
from pipeline.github.api import Github
from pipeline.image.artifact import Image
from pipeline.image.registry import Registry
from pipeline.runtime.credentials import Credential
from pipeline.source import Source
from pipeline.tag import Tag


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

    def artifact(self, tag: Tag) -> Artifact[Any, Any]:
        """What a tag stands for, by its service's kind alone."""
        return self.image(tag) if self.catalogue.service_of(tag).kind == "image" else self.binaries(tag)

    def image(self, tag: Tag) -> Image:
        """The image that a tag stands for. Raises `NotAnImage` for a service that ships otherwise."""
        service = self.catalogue.service_of(tag)
        if service.kind != "image":
            raise NotAnImage(
                f"{tag} is of kind {service.kind}, which never makes an image.",
                next=f"Build its binaries instead: dagger call binaries --tag {tag}",
            )
        return Image(
            service=service, tag=tag, source=self.source, registry=self.registry, repository_url=self.github.web
        )

    def binaries(self, tag: Tag) -> Binaries:
        """The command-line tool that a tag stands for. Raises `NotBinaries` for a service that ships as an image."""
        service = self.catalogue.service_of(tag)
        if service.kind != "cli":
            raise NotBinaries(
                f"{tag} is of kind {service.kind}, which never makes binaries.",
                next=f"Build its image instead: dagger call build --tag {tag}",
            )
        return Binaries(
            service=service,
            tag=tag,
            source=self.source,
            npm=self.npm,
            key=self.goreleaser_key,
            repository=self.catalogue.repository,
            repository_url=self.github.web,
        )
