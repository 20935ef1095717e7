"""The images that a Dockerfile takes from registries, and other names in their places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.dockerfile.instructions import instructions
from pipeline.dockerfile.stages import SCRATCH, Dockerfile
from pipeline.dockerfile.variables import automatic
from pipeline.dockerfile.words import unquoted
from pipeline.local import platforms


@dataclass(frozen=True, slots=True)
class ImageUse:
    """An image of a registry, and where in the Dockerfile its name is written."""

    start: int
    end: int
    image: str
    platform: str


def for_build(text: str, arguments: Mapping[str, str], platform: str) -> Dockerfile:
    """A Dockerfile, read for a build for ``platform`` on this machine, with these build arguments."""
    given = {**automatic("TARGET", platform), **automatic("BUILD", platforms.default()), **arguments}
    return Dockerfile.parse(text, given)


def images(dockerfile: Dockerfile, platform: str) -> Iterator[ImageUse]:
    """The images that a build for ``platform`` takes from registries; a `Failure` for a platform that is none."""
    for stage in dockerfile.stages:
        if stage.base_image:
            wanted = platform if stage.platform is None else platforms.checked(stage.platform)
            yield ImageUse(stage.image.start, stage.image.end, stage.base_image, wanted)
        for source in stage.sources():
            name = unquoted(source.text, stage.begin.escape)
            # A number that is no stage is the builder's to refuse.
            if not dockerfile.source(stage, source) and name != SCRATCH and not name.isdecimal():
                yield ImageUse(source.start, source.end, name, platform)


def pinned(text: str, pins: Mapping[ImageUse, str]) -> str:
    """The Dockerfile with other names for some of its images."""
    for use in sorted(pins, key=lambda use: use.start, reverse=True):
        text = text[: use.start] + pins[use] + text[use.end :]
    return text


def command(step: str) -> list[str]:
    """What a RUN instruction starts: its exec form as it is, its shell form in the shell."""
    [run] = instructions(step)
    listed = run.listed()
    return ["/bin/sh", "-c", run.rest.text] if listed is None else listed
