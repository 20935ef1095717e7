"""An image that a Dockerfile describes, built by buildah so that the same sources give the same bytes."""

import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

from pipeline.dockerfile.stages import Dockerfile
from pipeline.local import build_failure, dockerfile, layers, oci, platforms, secret_files, tree
from pipeline.local.config import discard
from pipeline.local.context import Context
from pipeline.local.failure import NO_IMAGE_REF, Failure
from pipeline.local.once import Once
from pipeline.local.secret import Secret
from pipeline.runtime.concurrency import together

EPOCH = "SOURCE_DATE_EPOCH"

MARK = "pipeline.local.epoch"
"""A label that makes layers of different times different for buildah; no image that is handed out has it."""

NAME = "localhost/pipeline-built"
"""What finished images are called in the storage; the tag is a digest of all that they are made from."""

Origin = Callable[[], Awaitable[str]]
"""Where the files of a folder come from, which says what they are without reading them."""


class Build:
    """What ``dockerBuild`` makes: an image for one platform, built when something of it is first needed.

    Where ``origin`` is known, an image that an earlier session built from the very same is taken.
    """

    def __init__(
        self,
        context: Context,
        folder: Callable[[], Awaitable[Path]],
        *,
        origin: Origin | None,
        file: str,
        platform: str,
        target: str,
        arguments: Mapping[str, str],
        secrets: Sequence[Secret],
    ) -> None:
        self.platform = platform
        self.image = Once(self._image)
        self._context = context
        self._folder = folder
        self._origin = origin
        self._dockerfile = file
        self._target = target
        self._arguments = arguments
        self._secrets = secrets

    async def config(self) -> oci.Json:
        """The image's config."""
        return (await self.image()).config

    async def image_ref(self) -> str:
        """A `Failure`: it comes from no registry."""
        raise Failure(NO_IMAGE_REF)

    async def _image(self) -> oci.Image:
        folder = await self._folder()
        file = tree.inside(folder, self._dockerfile)
        if not file.is_file():
            raise Failure(
                f'failed to read Dockerfile "{self._dockerfile}": open /{self._dockerfile}: no such file or directory'
            )
        text = file.read_text(errors="replace")
        read = self._read(text)
        layered = layers.are_of_use(read, self._target)
        recipe, bases = await self._pinned(self._dated(text, read) if layered else text)
        stage = read.stage(self._target) if self._target else None
        options = self._options(layered=layered, target=stage.written_name if stage else "")
        name = await self._name([recipe, *options])
        layout = self._context.workspace.fresh("image") / "layout"
        if not (name and await self._context.builder.export_earlier(name, layout, label=self.platform)):
            await together([partial(self._context.builder.pull, pin, platform) for pin, platform in bases])
            named = [f"--tag={name}"] if name else []
            ignore = f"--ignorefile={_ignore_file(folder, file)}"
            built = await self._run(folder, recipe, [*options, *named, ignore], text)
            await self._context.builder.export(built, layout)
        return _cleaned(oci.read(layout), self.platform)

    def _read(self, text: str) -> Dockerfile:
        """What a Dockerfile is for this build. A `Failure` when it has no stage of the target's name."""
        read = dockerfile.for_build(text, self._arguments, self.platform)
        if self._target and not read.stage(self._target):
            raise Failure(f'target stage "{self._target}" could not be found')
        return read

    def _dated(self, text: str, read: Dockerfile) -> str:
        """The Dockerfile with the time that the image will have in all that becomes of it.

        buildah's layer cache passes over times: it would take a layer of an older commit, with that one's times in it, and
        the same commit would be another image on a machine that has no cache.
        """
        if EPOCH not in self._arguments:
            return text
        return layers.labelled(text, f"{MARK}={_seconds(self._arguments[EPOCH])}", read.chain(self._target))

    async def _pinned(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """The Dockerfile with every image by digest and stages as buildah finds them; the images with their platforms.

        buildah keeps images by name, and of one name only the last that was pulled: builds for two platforms at the
        same time would take each other's. It also makes all builds of a session start from the same images.
        """
        read = self._read(text)
        uses = list(dict.fromkeys(dockerfile.images(read, self.platform)))
        pins = await together([partial(self._pin, use) for use in uses])
        bases = [(pin, use.platform) for pin, use in zip(pins, uses, strict=True)]
        names = dockerfile.stage_names(read) | {use.where: pin for use, pin in zip(uses, pins, strict=True)}
        return dockerfile.renamed(text, names), bases

    async def _pin(self, use: dockerfile.ImageUse) -> str:
        try:
            return await self._context.images.pulled(use.image, use.platform).pinned()
        except Failure as failure:
            raise Failure(f"failed to resolve the base image of {self._dockerfile}: {failure}") from None

    async def _name(self, made_from: Sequence[str]) -> str | None:
        """What the finished image is called in the storage: the same for all that is made from the same."""
        if self._origin is None:
            return None
        parts = [await self._origin(), self._dockerfile, *made_from]
        return f"{NAME}:{sha256(json.dumps(parts).encode()).hexdigest()}"

    def _options(self, *, layered: bool, target: str) -> list[str]:
        # buildah's log goes to standard error as a whole, so that it arrives in order with what the commands say.
        options = ["--isolation=chroot", "--force-rm", "--identity-label=false", "--format=oci", "--pull-never"]
        options += [f"--layers={str(layered).lower()}", "--logfile=/dev/stderr", f"--platform={self.platform}"]
        options += [f"--build-arg={name}={value}" for name, value in self._arguments.items()]
        if target:
            options.append(f"--target={target}")
        # As BuildKit: https://reproducible-builds.org/docs/source-date-epoch/ given as a build argument.
        if epoch := self._arguments.get(EPOCH):
            options.append(f"--timestamp={_seconds(epoch)}")
        return options

    async def _run(self, folder: Path, recipe: str, options: Sequence[str], text: str) -> str:
        """Let buildah build ``recipe``; gives the image's ID. ``text`` is the Dockerfile as it was written."""
        output = self._context.workspace.fresh("build")
        file, image = output / "Dockerfile", output / "id"
        file.write_text(recipe)
        mounts, secrets = await secret_files.mounts(self._secrets)
        command = ["build", f"--file={file}", f"--iidfile={image}", *options, *mounts, str(folder)]
        completed = await self._context.builder.run(command, label=self.platform, env=secrets)
        if completed.returncode:
            said = completed.stderr.strip() or f"exit code {completed.returncode}"
            said = said.replace(str(file), self._dockerfile).replace(str(folder), ".")
            version = await self._context.builder.version()
            raise build_failure.explained(said, self._dockerfile, text, version)
        return image.read_text().strip()


def _ignore_file(folder: Path, file: Path) -> Path:
    """What keeps files out of the context, found as BuildKit finds it (docs: "Filename and location")."""
    beside = file.with_name(f"{file.name}.dockerignore")
    found = beside if beside.is_file() else folder / ".dockerignore"
    return found if found.is_file() else Path(os.devnull)


def _seconds(epoch: str) -> int:
    if not re.fullmatch(r"\d{1,12}", epoch):
        raise Failure(f"the build argument {EPOCH} is {epoch!r}; it must be seconds since 1970")
    return int(epoch)


def _cleaned(image: oci.Image, platform: str) -> oci.Image:
    """The image without what only tells how it was built.

    buildah notes base images as annotations and in the history, and its layer cache takes a stage "FROM scratch" of
    one platform for another's, with that one's architecture in the config.
    """
    manifest = {key: value for key, value in image.manifest.items() if key != "annotations"}
    config = {key: value for key, value in image.config.items() if key != "variant"}
    config["history"] = layers.attributed(
        [
            {key: value for key, value in entry.items() if key != "comment" or not value.startswith("FROM ")}
            for entry in config.get("history") or []
            if f"LABEL {MARK}=" not in entry.get("created_by", "")
        ]
    )
    config["config"] = dict(config.get("config") or {})
    discard(config["config"], "Labels", MARK)
    return oci.Image(image.layout, manifest, {**config, **platforms.described(platform)})
