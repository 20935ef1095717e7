"""What the image stage asks of a Dockerfile: the images it starts from, and which names are build arguments only.

A Dagger engine leaves every build argument that a Dockerfile declares in the image's environment; Docker and
buildah do not (https://docs.docker.com/reference/dockerfile/#arg). `arguments_only` names the ones to take out,
so that an image is the same whoever built it.
"""

from pipeline.dockerfile.stages import Dockerfile
from pipeline.dockerfile.variables import assigned


def arguments_only(dockerfile: Dockerfile, target: str) -> frozenset[str]:
    """Names that are build arguments in the target's stages but that no ``ENV`` of theirs sets.

    ``target`` is a stage's name, or empty for the last stage.
    """
    names: dict[str, set[str]] = {"ARG": set(), "ENV": set()}
    for stage in dockerfile.chain(target):
        for instruction in stage.instructions:
            if instruction.keyword in names:
                names[instruction.keyword].update(assigned(instruction))
    return frozenset(names["ARG"] - names["ENV"])


def base(dockerfile: Dockerfile, target: str) -> str | None:
    """The image that the target's first stage starts from; None for ``scratch`` and for what cannot be told."""
    return next((stage.base_image for stage in dockerfile.chain(target) if not stage.parent), None)


def bases(dockerfile: Dockerfile, target: str) -> tuple[str, ...]:
    """Every image that a stage which ``target`` needs starts from, each once, in the order of the stages; what cannot be
    told is left out.
    """
    needed = sorted(dockerfile.needed(target), key=lambda stage: stage.number)
    return tuple(dict.fromkeys(stage.base_image for stage in needed if stage.base_image))
