"""Everybody a run talks to, and the catalogue that says what about."""

from dataclasses import dataclass

from pipeline.catalogue import Catalogue
from pipeline.errors import NotAnImage
from pipeline.github.api import Github
from pipeline.image.artifact import Image
from pipeline.image.registry import Registry
from pipeline.source import Source
from pipeline.tag import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """The git remote, the image registry and GitHub, as one catalogue and one call name them.

    ``infra`` is the repository that promotions go to, if the catalogue has one.
    """

    catalogue: Catalogue
    source: Source
    registry: Registry
    github: Github
    infra: Github | None = None

    def image(self, tag: Tag) -> Image:
        """The image that a tag stands for. Raises `NotAnImage` for a service that ships otherwise."""
        service = self.catalogue.service_of(tag)
        if service.kind != "image":
            raise NotAnImage(
                f"{tag} is of kind {service.kind}, which never makes an image.",
                next="Release it with a version of this pipeline that builds command-line tools.",
            )
        return Image(
            service=service, tag=tag, source=self.source, registry=self.registry, repository_url=self.github.web
        )
