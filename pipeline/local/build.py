"""An image that a Dockerfile describes, built by buildah so that the same sources give the same bytes."""

import os
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from pipeline import process
from pipeline.local import dockerfile, features, oci, platforms, secret_files, tools, tree
from pipeline.local.config import discard
from pipeline.local.context import Context
from pipeline.local.failure import NO_IMAGE_REF, ExecFailure, Failure
from pipeline.local.once import Once
from pipeline.local.secret import Secret
from pipeline.runtime.concurrency import together

NEWER = "use buildah 1.33 or newer (Debian 13, Ubuntu 24.04), or a Dagger engine (--engine dagger)"

EPOCH = "SOURCE_DATE_EPOCH"

MARK = "pipeline.local.epoch"
"""A label that makes layers of different times different for buildah; no image that is handed out has it."""

LAST_LINES = 40
"""How much of a build's output an error carries."""


class Build:
    """What ``dockerBuild`` makes: an image for one platform, built when something of it is first needed."""

    def __init__(
        self,
        context: Context,
        folder: Callable[[], Awaitable[Path]],
        *,
        file: str,
        platform: str,
        target: str,
        arguments: Mapping[str, str],
        secrets: Sequence[Secret],
    ) -> None:
        self.platform = platform
        self.image = Once(self._build)
        self._context = context
        self._folder = folder
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

    async def _build(self) -> oci.Image:
        folder = await self._folder()
        file = tree.inside(folder, self._dockerfile)
        if not file.is_file():
            raise Failure(
                f'failed to read Dockerfile "{self._dockerfile}": open /{self._dockerfile}: no such file or directory'
            )
        output = self._context.workspace.fresh("build")
        text = file.read_text(errors="replace")
        (output / "Dockerfile").write_text(await self._pinned(self._dated(text)))
        mounts, secrets = await secret_files.mounts(self._secrets)
        command = [*self._command(output), f"--ignorefile={_ignore_file(folder, file)}", *mounts, str(folder)]
        completed = await self._context.builder.run(command, label=self.platform, env=secrets)
        if completed.returncode:
            raise await self._failure(completed, text, folder, output)
        await self._context.builder.export((output / "id").read_text().strip(), output / "layout")
        return _cleaned(oci.read(output / "layout"), self.platform)

    def _dated(self, text: str) -> str:
        """The Dockerfile with the time that the image will have in all that becomes of it.

        buildah's layer cache passes over times: it would take a layer of an older commit, with that one's times in it, and
        the same commit would be another image on a machine that has no cache.
        """
        if EPOCH not in self._arguments:
            return text
        label = f"{MARK}={_seconds(self._arguments[EPOCH])}"
        return dockerfile.labelled(
            text, label, self._target, dockerfile.variables(text, self._arguments, self.platform)
        )

    async def _pinned(self, text: str) -> str:
        """The Dockerfile with every image by digest.

        buildah keeps images by name, and of one name only the last that was pulled: builds for two platforms at the
        same time would take each other's. It also makes all builds of a session start from the same images.
        """
        uses = list(dict.fromkeys(dockerfile.images(text, self._arguments, self.platform)))
        pins = await together([partial(self._pin, use) for use in uses])
        return dockerfile.pinned(text, dict(zip(uses, pins, strict=True)))

    async def _pin(self, use: dockerfile.ImageUse) -> str:
        """The digest of an image that is in the storage by now."""
        try:
            pin = await self._context.images.pulled(use.image, use.platform).pinned()
        except Failure as failure:
            raise Failure(f"failed to resolve the base image of {self._dockerfile}: {failure}") from None
        await self._context.builder.pull(pin, use.platform)
        return pin

    def _command(self, output: Path) -> list[str]:
        # buildah's log goes to standard error as a whole, so that it arrives in order with what the commands say.
        command = ["build", "--isolation=chroot", "--layers", "--force-rm", "--identity-label=false", "--format=oci"]
        command += ["--pull-never", "--logfile=/dev/stderr"]
        command += [f"--platform={self.platform}", f"--iidfile={output / 'id'}", f"--file={output / 'Dockerfile'}"]
        command += [f"--build-arg={name}={value}" for name, value in self._arguments.items()]
        if self._target:
            command.append(f"--target={self._target}")
        # As BuildKit: https://reproducible-builds.org/docs/source-date-epoch/ given as a build argument.
        if epoch := self._arguments.get(EPOCH):
            command.append(f"--timestamp={_seconds(epoch)}")
        return command

    async def _failure(self, completed: process.Completed, text: str, folder: Path, output: Path) -> Failure:
        said = re.sub(r" &imagebuilder\.Step.*", "", tools.last_line(completed).removeprefix("Error: "))
        said = said.replace(str(output / "Dockerfile"), self._dockerfile).replace(str(folder), ".")
        last = _output_of_last_step(completed.stderr)
        if "exec format error" in last:
            return Failure(
                f"{self._dockerfile} runs programs of another platform, which this machine cannot start: install "
                "qemu-user-static and binfmt-support, or cross-compile with FROM --platform=$BUILDPLATFORM"
            )
        if used := features.used(text, said):
            version = await self._context.builder.version()
            return Failure(
                f"{self._dockerfile}:{used[0]} uses {used[1]}, which buildah {version} does not know; {NEWER}"
            )
        if step := re.search(r'building at STEP "(RUN .*)": (?:while running runtime: )?exit status (\d+)', said):
            command = dockerfile.command(step[1])
            message = f'process "{" ".join(command)}" did not complete successfully: exit code: {step[2]}'
            return ExecFailure(message, cmd=command, exit_code=int(step[2]), stdout="", stderr=last)
        return Failure(said)


def _output_of_last_step(stderr: str) -> str:
    """What the step printed that the build ended with; which of it went to standard error is not known."""
    lines = stderr.splitlines()
    begin = max((n for n, line in enumerate(lines) if re.match(r"(\[\d+/\d+\] )?STEP \d+/\d+: ", line)), default=-1)
    step = [line for line in lines[begin + 1 :] if not line.startswith("Error: building at STEP")]
    return re.sub(r"(\s*subprocess exited with status \d+)+$", "", "\n".join(step[-LAST_LINES:]))


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
    config["history"] = [
        {key: value for key, value in entry.items() if key != "comment" or not value.startswith("FROM ")}
        for entry in config.get("history") or []
        if f"LABEL {MARK}=" not in entry.get("created_by", "")
    ]
    config["config"] = dict(config.get("config") or {})
    discard(config["config"], "Labels", MARK)
    return oci.Image(image.layout, manifest, {**config, **platforms.described(platform)})
