"""What a build asks of buildah: a Dockerfile, read for one platform, with its images pinned, and the options."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.dockerfile.stages import Dockerfile
from pipeline.dockerfile.words import is_remote
from pipeline.local import dockerfile, layers, tree
from pipeline.local.dockerfile import ImageUse
from pipeline.local.failure import Failure

EPOCH = "SOURCE_DATE_EPOCH"

AS_IT_IS = "surrogateescape"
"""How a Dockerfile is read and written that is not in UTF-8: without a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A Dockerfile as it was written, and as it reads for a platform with the build's arguments.

    ``file`` is its path in the context, ``target`` the stage that is wanted, empty for the last one, and ``uses`` are the
    images that it takes from registries.
    """

    file: str
    text: str
    read: Dockerfile
    target: str
    platform: str
    arguments: Mapping[str, str]
    uses: Sequence[ImageUse]

    @classmethod
    def of(cls, folder: Path, file: str, *, target: str, platform: str, arguments: Mapping[str, str]) -> "Recipe":
        """Read a context's Dockerfile. A `Failure` when it is not there, or has no stage of the target's name."""
        path = tree.inside(folder, file)
        if not path.is_file():
            raise Failure(f'failed to read Dockerfile "{file}": open /{file}: no such file or directory')
        text = path.read_text(errors=AS_IT_IS)
        read = dockerfile.for_build(text, arguments, platform)
        if target and not read.stage(target):
            raise Failure(f'target stage "{target}" could not be found')
        uses = list(dict.fromkeys(dockerfile.images(read, target, platform)))
        return cls(file=file, text=text, read=read, target=target, platform=platform, arguments=arguments, uses=uses)

    @property
    def is_layered(self) -> bool:
        """Whether buildah makes a layer of each instruction, see `pipeline.local.layers`."""
        return layers.are_several(self.read, self.target)

    @property
    def adds_from_elsewhere(self) -> bool:
        """Whether an ``ADD`` takes something from a URL (https://docs.docker.com/reference/dockerfile/#add)."""
        steps = (step for stage in self.read.needed(self.target) for step in stage.instructions)
        return any(is_remote(source) for step in steps if step.keyword == "ADD" for source in step.arguments())

    def pinned(self, images: Sequence[str]) -> str:
        """The Dockerfile with these images in the places that use them, and stages as buildah finds them.

        buildah builds from images by their IDs: it keeps images by name, and of one name only the last that was pulled,
        so that builds for two platforms at the same time would take each other's. Before 1.40 it also looks for the
        image of a name for the platform that any stage before has (https://github.com/containers/buildah/issues/5968).
        """
        names = {use.where: image for use, image in zip(self.uses, images, strict=True)}
        return dockerfile.renamed(self.text, dockerfile.stage_names(self.read) | names)

    def options(self) -> list[str]:
        """What makes the image what it is, as options of buildah-build(1)."""
        # Nothing is taken from buildah's layer cache, which does not see what makes a layer another one: times, the files
        # of a bind mount, the platform of a stage "FROM scratch".
        # buildah's log goes to standard error as a whole, so that it arrives in order with what the commands say.
        options = ["--isolation=chroot", "--force-rm", "--identity-label=false", "--format=oci", "--pull-never"]
        options += [
            f"--layers={str(self.is_layered).lower()}",
            "--no-cache",
            "--logfile=/dev/stderr",
            f"--platform={self.platform}",
        ]
        options += [f"--build-arg={name}={value}" for name, value in self.arguments.items()]
        stage = self.read.stage(self.target) if self.target else None
        if stage:
            options.append(f"--target={stage.written_name}")
        # As BuildKit: https://reproducible-builds.org/docs/source-date-epoch/ given as a build argument.
        if epoch := self.arguments.get(EPOCH):
            options.append(f"--timestamp={_seconds(epoch)}")
        return options

    def ignore_file(self, folder: Path) -> Path:
        """What keeps files out of the context, found as BuildKit finds it (docs: "Filename and location")."""
        file = tree.inside(folder, self.file)
        beside = file.with_name(f"{file.name}.dockerignore")
        found = beside if beside.is_file() else folder / ".dockerignore"
        return found if found.is_file() else Path(os.devnull)


def _seconds(epoch: str) -> int:
    if not re.fullmatch(r"\d{1,12}", epoch):
        raise Failure(f"the build argument {EPOCH} is {epoch!r}; it must be seconds since 1970")
    return int(epoch)
