"""An image that a Dockerfile describes, built by buildah so that the same sources give the same bytes."""

import json
import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial, reduce
from hashlib import sha256
from pathlib import Path

from pipeline.dockerfile.stages import Dockerfile
from pipeline.dockerfile.words import is_remote
from pipeline.local import build_failure, dockerfile, kept, layers, oci, platforms, secret_files, tree, ulimits
from pipeline.local.context import Context
from pipeline.local.failure import NO_IMAGE_REF, Failure
from pipeline.local.secret import Secret
from pipeline.runtime.concurrency import together
from pipeline.runtime.once import Once

EPOCH = "SOURCE_DATE_EPOCH"

AS_IT_IS = "surrogateescape"
"""How a Dockerfile is read and written that is not in UTF-8: without a change."""

Origin = Callable[[], Awaitable[str | None]]
"""Where the files of a folder come from, which says what they are without reading them; None where it does not."""


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
        text = file.read_text(errors=AS_IT_IS)
        read = self._read(text)
        uses = list(dict.fromkeys(dockerfile.images(read, self._target, self.platform)))
        pins = await together([partial(self._pin, use) for use in uses])
        options = self._options(read)
        name = None if self._takes_more(read) else await self._name([_recipe(text, read, uses, pins), *options])
        layout = kept.find(self._context.workspace, name) if name else None
        if layout:
            self._context.builder.tell(f"{self.platform} taken as an earlier run has built it")
        else:
            pulls = [
                partial(self._context.builder.pull, pin, use.platform) for use, pin in zip(uses, pins, strict=True)
            ]
            ids = await together(pulls)
            options.append(f"--ignorefile={_ignore_file(folder, file)}")
            recipe, written = _recipe(text, read, uses, ids), dict(zip(ids, pins, strict=True))
            layout = await self._run(folder, recipe, options, text, written, makes_an_image=self._makes_an_image(read))
            layout = kept.keep(self._context.workspace, name, layout) if name else layout
        return _cleaned(oci.read(layout), self.platform)

    def _read(self, text: str) -> Dockerfile:
        """What a Dockerfile is for this build. A `Failure` when it has no stage of the target's name."""
        read = dockerfile.for_build(text, self._arguments, self.platform)
        if self._target and not read.stage(self._target):
            raise Failure(f'target stage "{self._target}" could not be found')
        return read

    async def _pin(self, use: dockerfile.ImageUse) -> str:
        try:
            return await self._context.images.pulled(use.image, use.platform).pinned()
        except Failure as failure:
            raise Failure(f"failed to resolve the base image of {self._dockerfile}: {failure}") from None

    async def _name(self, made_from: Sequence[str]) -> str | None:
        """What the finished image is called in the cache: the same for all that is made from the same, by the same."""
        origin = await self._origin() if self._origin else None
        if origin is None:
            return None
        parts = [origin, self._context.builder.program(), self._dockerfile, *made_from]
        return sha256(json.dumps(parts).encode()).hexdigest()

    def _takes_more(self, read: Dockerfile) -> bool:
        """Whether the image has something in it that may change while all that can be seen of it stays: a secret, or
        what an ``ADD`` takes from elsewhere (https://docs.docker.com/reference/dockerfile/#add).
        """
        added = [step for stage in read.needed(self._target) for step in stage.instructions if step.keyword == "ADD"]
        return bool(self._secrets) or any(is_remote(source) for step in added for source in step.arguments())

    def _makes_an_image(self, read: Dockerfile) -> bool:
        """Whether buildah makes one at the end: of a stage without instructions it only has what that starts from."""
        stage = read.stage(self._target)
        return bool(stage and stage.instructions)

    def _options(self, read: Dockerfile) -> list[str]:
        stage = read.stage(self._target) if self._target else None
        # Nothing is taken from buildah's layer cache, which does not see what makes a layer another one: times, the files
        # of a bind mount, the platform of a stage "FROM scratch".
        # buildah's log goes to standard error as a whole, so that it arrives in order with what the commands say.
        options = ["--isolation=chroot", "--force-rm", "--identity-label=false", "--format=oci", "--pull-never"]
        options += [
            f"--layers={str(layers.are_several(read, self._target)).lower()}",
            "--no-cache",
            "--disable-compression=false",
            "--logfile=/dev/stderr",
            f"--platform={self.platform}",
        ]
        options += [f"--build-arg={name}={value}" for name, value in self._arguments.items()]
        if stage and stage.written_name:
            options.append(f"--target={stage.written_name}")
        # As BuildKit: https://reproducible-builds.org/docs/source-date-epoch/ given as a build argument.
        if epoch := self._arguments.get(EPOCH):
            options.append(f"--timestamp={_seconds(epoch)}")
        return options

    async def _run(
        self,
        folder: Path,
        recipe: str,
        options: Sequence[str],
        text: str,
        images: Mapping[str, str],
        *,
        makes_an_image: bool,
    ) -> Path:
        """Let buildah build ``recipe``; gives the image's layout. ``text`` is the Dockerfile as it was written,
        ``images`` the names of images by their IDs.
        """

        def by_name(said: str) -> str:
            return reduce(lambda told, image: told.replace(*image), images.items(), said)

        output = self._context.workspace.fresh("build")
        file, image, layout = output / "Dockerfile", output / "id", output / "layout"
        file.write_text(recipe, errors=AS_IT_IS)
        mounts, secrets = await secret_files.mounts(self._secrets)
        to = f"--tag={self._context.workspace.layout(layout)}" if makes_an_image else f"--iidfile={image}"
        files = [f"--file={file}", to]
        command = ["build", *files, *options, *ulimits.own(), *mounts, str(folder)]
        self._context.builder.keep_mounts()
        completed = await self._context.builder.run(command, label=self.platform, env=secrets, hide=by_name)
        if completed.returncode:
            said = by_name(completed.stderr.strip()) or f"exit code {completed.returncode}"
            said = said.replace(str(file), self._dockerfile).replace(str(folder), ".")
            version = await self._context.builder.version()
            raise build_failure.explained(said, self._dockerfile, text, version)
        if not makes_an_image:
            await self._context.builder.export(image.read_text().strip(), layout)
        return layout


def _recipe(text: str, read: Dockerfile, uses: Sequence[dockerfile.ImageUse], images: Sequence[str]) -> str:
    """The Dockerfile with these images in the places that use them, and stages as buildah finds them.

    buildah builds from images by their IDs: it keeps images by name, and of one name only the last that was pulled, so
    that builds for two platforms at the same time would take each other's. Before 1.40 it also looks for the image of
    a name for the platform that any stage before has (https://github.com/containers/buildah/issues/5968).
    """
    names = {use.where: image for use, image in zip(uses, images, strict=True)}
    return dockerfile.renamed(text, dockerfile.stage_names(read) | names)


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
    """The image without what only tells how it was built: buildah notes base images as annotations and in the history."""
    manifest = {key: value for key, value in image.manifest.items() if key != "annotations"}
    config = {key: value for key, value in image.config.items() if key != "variant"}
    config["history"] = layers.attributed(
        [
            {key: value for key, value in entry.items() if key != "comment" or not value.startswith("FROM ")}
            for entry in config.get("history") or []
        ]
    )
    config["config"] = dict(config.get("config") or {})
    return oci.Image(image.layout, manifest, {**config, **platforms.described(platform)})
