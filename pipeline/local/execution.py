"""One command run in a container: what it printed, how it ended, and what it leaves."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pipeline import process
from pipeline.local import oci, platforms, secret_variables, tools, ulimits
from pipeline.local.context import Context
from pipeline.local.directory import Directory
from pipeline.local.failure import NO_IMAGE_REF, ExecFailure, Failure
from pipeline.local.mounts import Mounts, volumes
from pipeline.runtime.once import Once

EXPECTED: dict[str, Callable[[int], bool]] = {
    "SUCCESS": lambda code: code == 0,
    "FAILURE": lambda code: code != 0,
    "ANY": lambda code: True,
}
"""Which exit codes each ``ReturnType`` lets pass."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a command starts from: an image, its config with all changes made, and what is mounted.

    ``reference`` is the image in a registry, by digest, where it comes from one: its layers are then kept for the
    next session.
    """

    image: Callable[[], Awaitable[oci.Image]]
    config: Callable[[], Awaitable[oci.Json]]
    mounts: Mounts
    reference: Callable[[], Awaitable[str]] | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended: how, the container it ran in, and the host folder behind each mount.

    What it printed is not among it, as buildah's chroot isolation can lose the last of that: its relay ends with the
    command, not with the output (https://github.com/containers/buildah/blob/main/chroot/run_common.go). In an error
    that is good enough.
    """

    exit_code: int
    container: str
    folders: Mapping[str, Path]


class Execution:
    """What ``withExec`` makes: the image after a command, which runs when something of it is first needed."""

    def __init__(self, context: Context, start: Start, platform: str, args: Sequence[str], expect: str) -> None:
        self.platform = platform
        self.ended = Once(self._run)
        self.image = Once(self._commit)
        self._context = context
        self._start = start
        self._args = list(args)
        self._expect = expect

    def mounts(self) -> Mounts:
        """What is mounted afterwards: the directories as the command left them."""
        changed = {path: Directory(self._context, Once(partial(self._folder, path))) for path in self._mounted()}
        return replace(self._start.mounts, directories=changed)

    async def config(self) -> oci.Json:
        """The image's config, which no command changes."""
        return await self._start.config()

    async def image_ref(self) -> str:
        """Raise a `Failure`: it comes from no registry."""
        raise Failure(NO_IMAGE_REF)

    def _mounted(self) -> Sequence[str]:
        return list(self._start.mounts.directories)

    async def _folder(self, path: str) -> Path:
        return (await self.ended()).folders[path]

    async def _run(self) -> Ended:
        if not platforms.runs_here(self.platform):
            raise Failure(
                f"{self._args[:1]} is for {self.platform}, which this machine cannot run; install qemu-user-static "
                "and binfmt-support"
            )
        folder = self._context.workspace.fresh("exec")
        folders = await self._start.mounts.copied_to(folder)
        start = ["from", "--quiet", *ulimits.own(), await self._source(folder)]
        container = (await self._buildah(*start, with_logins=True)).text
        try:
            completed = await self._run_in(container, folders)
            self._check(completed)
        except BaseException:
            await self._context.builder.discard(container)
            raise
        self._context.builder.discard_later(container)
        return Ended(completed.returncode, container, folders)

    async def _run_in(self, container: str, folders: Mapping[str, Path]) -> process.Completed:
        """The command, ended, and without the secrets in what it said."""
        values = await secret_variables.revealed(self._start.mounts.secrets)
        hide = partial(secret_variables.hidden, values=values)
        settings = _settings(await self.config(), besides=values.keys())
        builder = self._context.builder
        async with secret_variables.known_to(builder, container, values):
            with volumes(folders) as mounted:
                run = ["run", "--isolation=chroot", *mounted, *settings, container, "--", *self._args]
                completed = await builder.run(run, hide=hide)
        stdout = hide(completed.stdout.decode(errors="replace"))
        return replace(completed, stdout=stdout.encode(), stderr=hide(completed.stderr))

    async def _source(self, folder: Path) -> str:
        if self._start.reference:
            return f"docker://{await self._start.reference()}"
        oci.write_image(oci.create(folder / "before"), await self._start.image(), "image")
        return self._context.workspace.layout(folder / "before")

    async def _commit(self) -> oci.Image:
        """The image with what the command changed; asked for by few, and costly."""
        container = (await self.ended()).container
        layout = self._context.workspace.fresh("commit") / "after"
        commit = ["commit", "--quiet", "--timestamp=0", "--format=oci"]
        await self._buildah(*commit, container, self._context.workspace.layout(layout))
        image = oci.read(layout)
        return oci.Image(layout, image.manifest, {**image.config, "config": (await self.config()).get("config") or {}})

    def _check(self, completed: process.Completed) -> None:
        code = completed.returncode
        if not EXPECTED[self._expect](code):
            message = f'process "{" ".join(self._args)}" did not complete successfully: exit code: {code}'
            said = _own_words(completed.stderr).rstrip("\n")
            raise ExecFailure(message, cmd=self._args, exit_code=code, stdout=completed.text, stderr=said)

    async def _buildah(self, *arguments: str, with_logins: bool = False) -> process.Completed:
        completed = await self._context.builder.run(arguments, with_logins=with_logins)
        if completed.returncode:
            raise Failure(f"buildah {arguments[0]} failed: {tools.last_line(completed)}")
        return completed


def _settings(config: oci.Json, *, besides: Collection[str]) -> list[str]:
    """What an image config says about running a command (image-spec, config.md), as arguments of buildah-run(1).

    ``besides`` are variables that have another value for this command.
    """
    run = config.get("config") or {}
    settings = [f"--env={variable}" for variable in run.get("Env") or [] if variable.partition("=")[0] not in besides]
    settings += [f"--workingdir={run['WorkingDir']}"] if run.get("WorkingDir") else []
    return settings + ([f"--user={run['User']}"] if run.get("User") else [])


def _own_words(stderr: str) -> str:
    """What the command itself said, without what buildah adds about its exit code."""
    own = re.sub(r"(\s*(subprocess exited with status|Error: exit status|exit status) \d+)+\s*$", "", stderr)
    return own and own.rstrip("\n") + "\n"
