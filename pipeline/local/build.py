"""An image that a Dockerfile describes, built by buildah so that the same sources give the same bytes."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial, reduce
from hashlib import sha256
from pathlib import Path

from pipeline.local import build_failure, kept, layers, oci, platforms, secret_files, ulimits
from pipeline.local.context import Context
from pipeline.local.dockerfile import ImageUse
from pipeline.local.failure import NO_IMAGE_REF, Failure
from pipeline.local.recipe import AS_IT_IS, Recipe
from pipeline.local.secret import Secret
from pipeline.runtime.concurrency import together
from pipeline.runtime.once import Once

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
        self._recipe = partial(Recipe.of, file=file, target=target, platform=platform, arguments=arguments)
        self._secrets = secrets

    async def config(self) -> oci.Json:
        """The image's config."""
        return (await self.image()).config

    async def image_ref(self) -> str:
        """A `Failure`: it comes from no registry."""
        raise Failure(NO_IMAGE_REF)

    async def _image(self) -> oci.Image:
        folder = await self._folder()
        recipe = self._recipe(folder)
        pins = await together([partial(self._pin, recipe, use) for use in recipe.uses])
        name = await self._name(recipe, pins)
        layout = kept.find(self._context.workspace, name) if name else None
        if layout:
            self._context.builder.tell(f"{self.platform} taken as an earlier run has built it")
        else:
            layout = await self._built(folder, recipe, pins)
            layout = kept.keep(self._context.workspace, name, layout) if name else layout
        return _cleaned(oci.read(layout), self.platform)

    async def _pin(self, recipe: Recipe, use: ImageUse) -> str:
        try:
            return await self._context.images.pulled(use.image, use.platform).pinned()
        except Failure as failure:
            raise Failure(f"failed to resolve the base image of {recipe.file}: {failure}") from None

    async def _name(self, recipe: Recipe, pins: Sequence[str]) -> str | None:
        """What the image is called in the cache: the same for all that is made from the same, by the same.

        None where it may change while all that can be seen of it stays: by a secret, or by what is added from elsewhere.
        """
        origin = await self._origin() if self._origin else None
        if origin is None or self._secrets or recipe.adds_from_elsewhere:
            return None
        made_from = [origin, self._context.builder.program(), recipe.file, recipe.pinned(pins), *recipe.options()]
        return sha256(json.dumps(made_from).encode()).hexdigest()

    async def _built(self, folder: Path, recipe: Recipe, pins: Sequence[str]) -> Path:
        """Let buildah build the recipe from these images; gives the layout of what it made."""
        builder = self._context.builder
        ids = await together(
            [partial(builder.pull, pin, use.platform) for pin, use in zip(pins, recipe.uses, strict=True)]
        )
        hide = partial(_by_name, images=dict(zip(ids, pins, strict=True)))
        output = self._context.workspace.fresh("build")
        file, image, layout = output / "Dockerfile", output / "id", output / "layout"
        file.write_text(recipe.pinned(ids), errors=AS_IT_IS)
        # A layer of its own for each instruction is written to the storage first: there it is wanted as it is, and from
        # there it comes compressed. An image of one layer goes where it is read from without that detour.
        straight = [f"--tag={self._context.workspace.layout(layout)}", "--disable-compression=false"]
        to = [f"--iidfile={image}", *([] if recipe.is_layered else straight)]
        mounts, secrets = await secret_files.mounts(self._secrets)
        options = [*recipe.options(), f"--ignorefile={recipe.ignore_file(folder)}", *ulimits.own(), *mounts]
        builder.keep_mounts()
        built = await builder.run(
            ["build", f"--file={file}", *to, *options, str(folder)], label=self.platform, env=secrets, hide=hide
        )
        if built.returncode:
            said = hide(built.stderr.strip()) or f"exit code {built.returncode}"
            said = said.replace(str(file), recipe.file).replace(str(folder), ".")
            raise build_failure.explained(said, recipe.file, recipe.text, await builder.version())
        if recipe.is_layered:
            await builder.export(image.read_text().strip(), layout)
        return layout


def _by_name(said: str, images: Mapping[str, str]) -> str:
    """What buildah said of images by their IDs, with their names."""
    return reduce(lambda told, image: told.replace(*image), images.items(), said)


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
