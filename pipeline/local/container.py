"""``Container``: an image as a value. It is a base, and changes to the config that are applied when it is read."""

import copy
from functools import partial
from pathlib import Path

from pipeline.local import config, oci, platforms, reference
from pipeline.local.base import Base, Scratch
from pipeline.local.config import Below, Edit
from pipeline.local.context import Context
from pipeline.local.directory import Directory, File
from pipeline.local.execution import Ended, Execution, Start
from pipeline.local.failure import NO_IMAGE_REF, Failure
from pipeline.local.graph import Node, every_time
from pipeline.local.mounts import CacheVolume, Mounts
from pipeline.local.pulled import Pulled
from pipeline.local.rootfs import unpack
from pipeline.local.secret import Secret
from pipeline.runtime.once import Once


class Pair(Node):
    """A name and a value."""

    def __init__(self, name: str, value: str) -> None:
        self.name = name
        self.value = value


class Label(Pair):
    """A label of an image."""


class EnvVariable(Pair):
    """An environment variable of an image."""


class Container(Node):
    """An image for one platform."""

    def __init__(
        self,
        context: Context,
        base: Base,
        edits: tuple[Edit, ...] = (),
        annotations: dict[str, str] | None = None,
        mounts: Mounts | None = None,
    ) -> None:
        self._context = context
        self.base = base
        self._edits = edits
        self._annotations = annotations or {}
        self._mounts = mounts or Mounts()

    async def platform(self) -> str:
        """Such as ``linux/amd64``; of a registry's image that has no choice of platforms, the one it has."""
        return await self.base.actual_platform() if isinstance(self.base, Pulled) else self.base.platform

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it to publish."""
        return isinstance(self.base, Scratch)

    def from_(self, address: str) -> "Container":
        """The image of a registry, instead of the base so far."""
        base = self._context.images.anew(address, self.base.platform)
        below = (Below(config.applied({}, self._edits)),) if self._edits else ()
        return Container(self._context, base, below, self._annotations, self._mounts)

    async def sync(self) -> str:
        """Build or pull it now."""
        if not self.is_empty:
            await self.base.image()
        return self.id

    async def image_ref(self) -> str:
        """The reference of the base image, by digest; a `Failure` once something was changed."""
        if not all(isinstance(edit, Below) for edit in self._edits):
            raise Failure(NO_IMAGE_REF)
        return await self.base.image_ref()

    async def image(self) -> oci.Image:
        """The image with all changes made."""
        image = await self.base.image()
        manifest = {**image.manifest, **({"annotations": self._annotations} if self._annotations else {})}
        return oci.Image(image.layout, manifest, self._edited(image.config))

    async def label(self, name: str) -> str | None:
        """One label's value."""
        return (await self._label_values()).get(name)

    async def labels(self) -> list[Label]:
        """All labels."""
        return [Label(name, value) for name, value in (await self._label_values()).items()]

    async def env_variable(self, name: str) -> str | None:
        """One variable's value."""
        return (await self._env_values()).get(name)

    async def env_variables(self) -> list[EnvVariable]:
        """All variables."""
        return [EnvVariable(name, value) for name, value in (await self._env_values()).items()]

    async def entrypoint(self) -> list[str]:
        """What is started."""
        return (await self._config()).get("Entrypoint") or []

    async def default_args(self) -> list[str]:
        """What it is started with."""
        return (await self._config()).get("Cmd") or []

    async def workdir(self) -> str:
        """The folder it is started in."""
        return (await self._config()).get("WorkingDir") or ""

    async def user(self) -> str:
        """The user it is started as."""
        return (await self._config()).get("User") or ""

    def rootfs(self) -> Directory:
        """All its files."""
        return Directory(self._context, Once(partial(unpack, self._context, self.image, self.base.platform)))

    def directory(self, path: str) -> Directory:
        """A folder of it, or of what is mounted."""
        return self._mounts.directory(path) or self.rootfs().directory(path)

    def file(self, path: str) -> File:
        """A file of it, or of what is mounted."""
        parent, _, name = path.rstrip("/").rpartition("/")
        return self.directory(parent or "/").file(name)

    def with_exec(self, args: list[str], expect: str) -> "Container":
        """What it is after a command."""
        reference = self.base.pinned if isinstance(self.base, Pulled) else None
        start = Start(self.image, self._whole_config, self._mounts, reference)
        execution = Execution(self._context, start, self.base.platform, args, expect)
        return Container(self._context, execution, annotations=self._annotations, mounts=execution.mounts())

    def with_mounted_directory(self, path: str, source: Directory) -> "Container":
        """With a directory to work on: commands see and change a copy of it."""
        return self._mounting(self._mounts.with_directory(path, source))

    def with_mounted_cache(self, path: str, cache: CacheVolume) -> "Container":
        """With a folder that stays from one session to the next."""
        return self._mounting(self._mounts.with_cache(path, cache))

    def with_secret_variable(self, name: str, secret: Secret) -> "Container":
        """With a variable that commands see and that is no part of the image."""
        return self._mounting(self._mounts.with_secret(name, secret))

    def with_workdir(self, path: str) -> "Container":
        """With another folder to start commands in."""
        return self._with(lambda own: own.update({"WorkingDir": path}))

    async def exit_code(self) -> int:
        """How the last command ended."""
        return (await self._last()).exit_code

    async def _last(self) -> Ended:
        if not isinstance(self.base, Execution):
            raise Failure("no command has been set")
        return await self.base.ended()

    def with_label(self, name: str, value: str) -> "Container":
        """With a label set."""
        return self._with(lambda own: config.mapping(own, "Labels").update({name: value}))

    def without_label(self, name: str) -> "Container":
        """With a label removed."""
        return self._with(lambda own: config.discard(own, "Labels", name))

    def with_env_variable(self, name: str, value: str) -> "Container":
        """With a variable set."""
        return self._with(lambda own: config.set_env(own, {**config.env(own), name: value}))

    def without_env_variable(self, name: str) -> "Container":
        """With a variable removed."""
        return self._with(lambda own: config.set_env(own, {k: v for k, v in config.env(own).items() if k != name}))

    def with_annotation(self, name: str, value: str) -> "Container":
        """With an annotation on its manifest."""
        return Container(self._context, self.base, self._edits, {**self._annotations, name: value}, self._mounts)

    @every_time
    async def with_registry_auth(self, address: str, username: str, secret: Secret) -> "Container":
        """Log in to a registry, for the whole session."""
        self._context.credentials.add(address, username, await secret.plaintext())
        return self._with()

    @every_time
    def without_registry_auth(self, address: str) -> "Container":
        """Log out of a registry."""
        self._context.credentials.remove(address)
        return self._with()

    @every_time
    async def publish(
        self,
        address: str,
        media_types: str,
        platform_variants: "list[Container] | None" = None,
        forced_compression: str | None = None,
    ) -> str:
        """Push this container and its variants; gives ``<address>@<digest>``. Never looks at what is there."""
        if media_types != "OCIMediaTypes" or forced_compression not in (None, "Gzip"):
            raise Failure("the local session publishes OCI images with gzip layers only; a Dagger engine has more")
        target = reference.parse(address)
        variants = [variant for variant in (self, *(platform_variants or [])) if not variant.is_empty]
        if not variants:
            raise Failure("no containers to export")
        layout = oci.create(self._context.workspace.fresh("publish") / "layout")
        digest = await _assemble(layout, variants)
        await self._context.registry.push(layout, target)
        return f"{target.tagged}@{digest}"

    def _with(self, *edits: Edit) -> "Container":
        return Container(self._context, self.base, (*self._edits, *edits), self._annotations, self._mounts)

    def _mounting(self, mounts: Mounts) -> "Container":
        return Container(self._context, self.base, self._edits, self._annotations, mounts)

    def _edited(self, whole: oci.Json) -> oci.Json:
        edited = copy.deepcopy(whole)
        config.applied(edited.setdefault("config", {}), self._edits)
        return edited

    async def _config(self) -> oci.Json:
        own: oci.Json = (await self._whole_config()).get("config") or {}
        return own

    async def _whole_config(self) -> oci.Json:
        return self._edited(await self.base.config())

    async def _label_values(self) -> dict[str, str]:
        return (await self._config()).get("Labels") or {}

    async def _env_values(self) -> dict[str, str]:
        return config.env(await self._config())


def scratch(context: Context, platform: str) -> Container:
    """A container with nothing in it."""
    return Container(context, Scratch(platform))


async def _assemble(layout: Path, variants: list[Container]) -> str:
    """One index of several platforms, or a plain image for one, as the Dagger engine pushes it."""
    by_platform = {variant.base.platform: variant for variant in variants}
    if len(by_platform) < len(variants):
        raise Failure("two containers of one publish have the same platform")
    images = [(await by_platform[name].image(), platforms.described(name)) for name in sorted(by_platform)]
    if len(images) == 1:
        return oci.write_image(layout, images[0][0], "image")
    return oci.write_index(layout, images, "image")
