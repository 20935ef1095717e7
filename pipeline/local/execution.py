"""One command run in a container: what it printed, how it ended, and the image it leaves."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pipeline import process
from pipeline.local import oci, platforms, tools
from pipeline.local.context import Context
from pipeline.local.failure import ExecFailure, Failure
from pipeline.local.once import Once

EXPECTED: dict[str, Callable[[int], bool]] = {
    "SUCCESS": lambda code: code == 0,
    "FAILURE": lambda code: code != 0,
    "ANY": lambda code: True,
}
"""Which exit codes each ``ReturnType`` lets pass."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended, with the container it ran in as an image."""

    stdout: str
    stderr: str
    exit_code: int
    image: oci.Image


class Execution:
    """What ``withExec`` makes: the image after a command, which runs when something of it is first needed."""

    def __init__(
        self,
        context: Context,
        start: Callable[[], Awaitable[oci.Image]],
        platform: str,
        args: Sequence[str],
        expect: str,
    ) -> None:
        self.platform = platform
        self.ended = Once(self._run)
        self._context = context
        self._start = start
        self._args = list(args)
        self._expect = expect

    async def image(self) -> oci.Image:
        """The image with what the command changed."""
        return (await self.ended()).image

    async def config(self) -> oci.Json:
        """The image's config."""
        return (await self.image()).config

    async def image_ref(self) -> str:
        """Raise a `Failure`: it comes from no registry."""
        raise Failure("Image reference can only be retrieved immediately after the 'Container.From' call.")

    async def _run(self) -> Ended:
        if not platforms.runs_here(self.platform):
            raise Failure(
                f"{self._args[:1]} is for {self.platform}, which this machine cannot run; install qemu-user-static "
                "and binfmt-support"
            )
        folder = self._context.workspace.fresh("exec")
        oci.write_image(oci.create(folder / "before"), await self._start(), "image")
        before, after = map(self._context.workspace.layout, (folder / "before", folder / "after"))
        container = (await self._buildah("from", "--quiet", before)).text
        try:
            run = ["run", "--isolation=chroot", container, "--", *self._args]
            completed = await self._context.builder.run(run)
            self._check(completed)
            commit = ["commit", "--quiet", "--timestamp=0", "--format=oci"]
            await self._buildah(*commit, container, after)
        finally:
            await self._context.builder.discard(container)
        stdout = completed.stdout.decode(errors="replace")
        return Ended(stdout, _own_words(completed.stderr), completed.returncode, oci.read(folder / "after"))

    def _check(self, completed: process.Completed) -> None:
        code = completed.returncode
        if not EXPECTED[self._expect](code):
            message = f'process "{" ".join(self._args)}" did not complete successfully: exit code: {code}'
            said = _own_words(completed.stderr).rstrip("\n")
            raise ExecFailure(message, cmd=self._args, exit_code=code, stdout=completed.text, stderr=said)

    async def _buildah(self, *arguments: str) -> process.Completed:
        completed = await self._context.builder.run(arguments)
        if completed.returncode:
            raise Failure(f"buildah {arguments[0]} failed: {tools.last_line(completed)}")
        return completed


def _own_words(stderr: str) -> str:
    """What the command itself said, without what buildah adds about its exit code."""
    own = re.sub(r"(\s*(subprocess exited with status|Error: exit status|exit status) \d+)+\s*$", "", stderr)
    return own and own.rstrip("\n") + "\n"
