"""The image as an artifact of a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from pipeline import source
from pipeline.artifact import Pushed
from pipeline.catalogue import Service
from pipeline.github.releases import Asset
from pipeline.image import contents, registry
from pipeline.image.build import BuiltImage, PreparedImage
from pipeline.image.inputs import Build, Context
from pipeline.image.published import PublishedImage
from pipeline.image.registry import Registry
from pipeline.record import Contents
from pipeline.report import ImageReport, Shipped
from pipeline.runtime.concurrency import ahead
from pipeline.source import Pinned, Source
from pipeline.tag import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The image of one tag."""

    service: Service
    tag: Tag
    source: Source
    registry: Registry
    repository_url: str

    @property
    def name(self) -> str:
        """The reference: ``ghcr.io/unkeyed/vault:v0.4.0``."""
        return self.registry.reference(self.tag)

    @property
    def feeds_release(self) -> bool:
        """An image stays in its registry; the GitHub release only names it."""
        return False

    @property
    def has_credential(self) -> bool:
        """Whether a registry token was passed; without one the engine's own logins are used."""
        return self.registry.credential.secret is not None

    async def find(self, commit: str) -> PublishedImage | None:
        """See `pipeline.image.registry.find`."""
        return await registry.find(self.registry, self.name, self.service.platforms, commit)

    async def prepare(self, pinned: Pinned) -> PreparedImage:
        """The commit's time, its tree, and the images that its Dockerfile starts from."""
        async with ahead(partial(source.commit_time, self.source, pinned)) as committed:
            context = await Context.read(
                source.tree(pinned),
                self.service,
                explain=partial(source.explain, self.source, pinned.commit),
                where=f"{self.tag} at {pinned.commit[:12]}",
            )
            build = Build(
                service=self.service,
                tag=self.tag,
                repository_url=self.repository_url,
                commit=pinned.commit,
                committed=await committed(),
            )
        return await PreparedImage.of(context, build)

    def told(self, built: BuiltImage) -> str:
        """The reference."""
        del built
        return self.name

    async def push(self, built: BuiltImage) -> Pushed[PublishedImage]:
        """See `pipeline.image.registry.push`."""
        return await registry.push(
            self.registry, self.name, built.variants, platforms=self.service.platforms, commit=built.build.commit
        )

    def assets(self, built: BuiltImage | None) -> tuple[Asset, ...]:
        """None: see `feeds_release`."""
        del built
        return ()

    async def record(self, published: PublishedImage, files: Mapping[str, str]) -> Contents:
        """See `pipeline.image.contents.record`."""
        del files
        return Contents(image=await contents.record(self.registry, published, self.service.platforms))

    def report(self, published: PublishedImage | None, files: Mapping[str, str]) -> Shipped:
        """Where the image is, or would be."""
        del files
        digest = published.digest if published else None
        return Shipped(image=ImageReport(reference=self.name, digest=digest, platforms=self.service.platforms))
