"""What a container starts from: an image that is there, is built, or is what a command leaves; or nothing at all."""

from typing import Protocol

from pipeline.local import oci, platforms
from pipeline.local.failure import NO_IMAGE_REF, Failure


class Base(Protocol):
    """What a container starts from."""

    platform: str

    async def image(self) -> oci.Image:
        """The whole image."""

    async def config(self) -> oci.Json:
        """Its config only, which is cheaper."""

    async def image_ref(self) -> str:
        """Where it came from, by digest."""


class Scratch:
    """Nothing at all."""

    def __init__(self, platform: str) -> None:
        self.platform = platform

    async def image(self) -> oci.Image:
        """A `Failure`: there are no files."""
        raise Failure("this container has no files; begin it with from(address) or Directory.dockerBuild")

    async def config(self) -> oci.Json:
        """A config that says nothing."""
        return {**platforms.described(self.platform), "config": {}}

    async def image_ref(self) -> str:
        """A `Failure`: it comes from no registry."""
        raise Failure(NO_IMAGE_REF)
