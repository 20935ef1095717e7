"""The images and stages that a Dockerfile names, and other names in their places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.dockerfile.instruction import Piece
from pipeline.dockerfile.instructions import instructions
from pipeline.dockerfile.stages import SCRATCH, Dockerfile
from pipeline.dockerfile.variables import automatic
from pipeline.dockerfile.words import unquoted
from pipeline.local import platforms


@dataclass(frozen=True, slots=True)
class ImageUse:
    """An image of a registry, and where in the Dockerfile its name is written."""

    where: Piece
    image: str
    platform: str


def for_build(text: str, arguments: Mapping[str, str], platform: str) -> Dockerfile:
    """A Dockerfile, read for a build for ``platform`` on this machine, with these build arguments."""
    given = {**automatic("TARGET", platform), **automatic("BUILD", platforms.default()), **arguments}
    return Dockerfile.parse(text, given)


def images(dockerfile: Dockerfile, target: str, platform: str) -> Iterator[ImageUse]:
    """The images that a build of ``target`` for ``platform`` takes from registries; a `Failure` for a platform that is
    none. Stages that the target does not need are not built, and their images not looked for.
    """
    for stage in dockerfile.needed(target):
        if stage.base_image:
            wanted = platform if stage.platform is None else platforms.checked(stage.platform)
            yield ImageUse(stage.image, stage.base_image, wanted)
        for source in stage.sources():
            name = unquoted(source.text, stage.begin.escape)
            # A number that is no stage is the builder's to refuse.
            if not dockerfile.source(stage, source) and name != SCRATCH and not name.isdecimal():
                yield ImageUse(source, name, platform)


def stage_names(dockerfile: Dockerfile) -> dict[Piece, str]:
    """The names of stages in the places that take from them, as buildah finds these: written like after ``AS``."""
    names: dict[Piece, str] = {}
    for stage in dockerfile.stages:
        if stage.parent:
            names[stage.image] = stage.parent.written_name
        for source in stage.sources():
            if found := dockerfile.source(stage, source):
                names[source] = found.written_name or str(found.number)
    return names


def renamed(text: str, names: Mapping[Piece, str]) -> str:
    """The Dockerfile with other names for some of its images and stages."""
    for piece in sorted(names, key=lambda piece: piece.start, reverse=True):
        text = text[: piece.start] + names[piece] + text[piece.end :]
    return text


def command(step: str) -> list[str]:
    """What a RUN instruction starts: its exec form as it is, its shell form in the shell."""
    [run] = instructions(step)
    listed = run.listed()
    return ["/bin/sh", "-c", run.rest.text] if listed is None else listed
