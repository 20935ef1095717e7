"""buildah(1) with a storage of our own, so that the person's images and containers are never touched."""

import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import anyio

from pipeline import process
from pipeline.local import networks, registries, rootless, storage, tools
from pipeline.local.credentials import NOTHING, Credentials
from pipeline.local.failure import Failure
from pipeline.local.workspace import Workspace, locked_if_free, locked_soon
from pipeline.runtime.limits import Limits
from pipeline.runtime.once import Once

AT_ONCE = len(os.sched_getaffinity(0)) + 1
"""Commands of one session that run beside each other: more of them only wait for each other's locks on the storage,
and seven builds at once take half as much processor time again.
"""

TIDYING = 10.0
"""Seconds that a session may take to remove what its builds left; the next one does the rest."""

NOISE = re.compile(
    r"^--> [0-9a-f]+$|^Getting image source|^Writing manifest|^Storing signatures|^Copying (blob|config)|^Trying to pull"
    r"|^\[Warning\] one or more build args were not consumed|^WARNING: image platform|^(\[\S+\] )?COMMIT( \S+)?$|^Successfully tagged |^[0-9a-f]{64}$"
)
"""What buildah says about itself, in every build, and nobody needs to read."""


class Builder:
    """buildah for one session; several of its commands may run at once, also in several sessions."""

    def __init__(
        self,
        workspace: Workspace,
        credentials: Credentials,
        limits: Limits,
        on_output: Callable[[str], None] | None,
    ) -> None:
        self._workspace = workspace
        self._credentials = credentials
        self._limits = limits
        self._on_output = on_output
        self._lock = workspace.cache / "storage.lock"
        self._pulls: dict[str, Once[str]] = {}
        self._to_discard: list[str] = []
        self._room = anyio.CapacityLimiter(AT_ONCE)

    @asynccontextmanager
    async def cleaned_up(self) -> AsyncIterator[None]:
        """Leave no working container behind: neither ours at the end, nor what a killed session left before.

        A container may wait for its next command, so other sessions take none for a leftover as long as this one lives.
        """
        await self._remove_leftovers()
        try:
            async with locked_soon(self._lock, shared=True, within=self._limits.lock):
                try:
                    yield
                finally:
                    if self._to_discard:
                        await self.discard(*self._to_discard)
        finally:
            # Also when the session is interrupted: builds that were ended leave their containers and mounts.
            with anyio.move_on_after(TIDYING, shield=True):
                await self._remove_leftovers()

    async def run(
        self,
        arguments: Sequence[str],
        *,
        with_logins: bool = False,
        label: str = "",
        env: Mapping[str, str] | None = None,
        hide: Callable[[str], str] = str,
    ) -> process.Completed:
        """Run one command to its end, whatever its exit code.

        Its standard error goes to the listener, each line behind ``label``, without what only buildah cares about
        and as ``hide`` leaves it.
        """
        rootless.check()
        command, *rest = arguments
        async with self._room, locked_soon(self._lock, shared=True, within=self._limits.lock):
            logins = self._credentials.passed() if with_logins else NOTHING
            completed = await tools.run(
                [*buildah(self._workspace), command, *logins.arguments, *rest],
                within=self._limits.build,
                env={**self._environment(), **(env or {})},
                cwd=self._workspace.session,
                pass_fds=logins.descriptors,
                on_line=self._listener(label, hide),
            )
        if completed.returncode and completed.stderr.startswith(rootless.NO_NAMESPACE):
            raise Failure(f"{rootless.lack_of_namespaces()}; {rootless.NAMESPACE_ADVICE}")
        return completed

    def _listener(self, label: str, hide: Callable[[str], str]) -> process.LineListener | None:
        hear = self._on_output
        if hear is None:
            return None
        return lambda line: None if NOISE.search(line) else hear(f"{label} {hide(line)}".lstrip())

    async def pull(self, image: str, platform: str) -> str:
        """Have an image in the storage, by digest; gives its ID there.

        Apart from the build, because a build passes what it inherits, logins too, on to the commands it runs.
        """
        return await self._pulls.setdefault(image, Once(partial(self._pull, image, platform)))()

    async def _pull(self, image: str, platform: str) -> str:
        if found := storage.images(self._workspace.storage).get(image):
            return found
        pull = ["pull", "--quiet", f"--platform={platform}", f"docker://{image}"]
        completed = await self.run(pull, with_logins=True, label=platform)
        if completed.returncode:
            raise Failure(f"{image} could not be pulled: {tools.last_line(completed).removeprefix('Error: ')}")
        return completed.text

    async def export(self, image: str, layout: Path) -> None:
        """Write an image of the storage to an OCI layout."""
        push = ["push", "--quiet", "--format", "oci", image, self._workspace.layout(layout)]
        completed = await self.run(push)
        if completed.returncode:
            raise Failure(f"the built image could not be written: {tools.last_line(completed)}")

    def tell(self, line: str) -> None:
        """Let the listener hear a line of our own."""
        if self._on_output:
            self._on_output(line)

    def program(self) -> str:
        """What tells one installed buildah from another, without starting it."""
        path = Path(shutil.which("buildah") or "buildah").resolve()
        return f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" if path.is_file() else str(path)

    def keep_mounts(self) -> None:
        """Let what a build keeps in cache mounts stay for the next session.

        buildah has that below its folder for temporary files, which goes with the session: with the person's number in
        its name since 1.29 (GetCacheMount in internal/volumes).
        """
        kept = self._workspace.cache / "volumes" / "dockerfiles"
        kept.mkdir(parents=True, exist_ok=True)
        # Its time tells when it was last used, see `pipeline.local.cache`.
        os.utime(kept)
        for name in ("buildah-cache", f"buildah-cache-{os.getuid()}"):
            with suppress(FileExistsError):
                (self._workspace.session / name).symlink_to(kept)

    async def version(self) -> str:
        """The installed version, such as ``1.28.2``."""
        said = (await tools.run(["buildah", "--version"], within=self._limits.git_local)).text.split()
        return said[2] if len(said) > 2 else "of an unknown version"

    async def discard(self, *containers: str) -> None:
        """Remove working containers, also when the caller is being cancelled."""
        with anyio.CancelScope(shield=True):
            await self.run(["rm", *containers])

    def discard_later(self, container: str) -> None:
        """Remove a working container when the session ends."""
        self._to_discard.append(container)

    def _environment(self) -> dict[str, str]:
        return {
            "TMPDIR": str(self._workspace.session),
            "CONTAINERS_REGISTRIES_CONF": str(registries.conf(self._workspace.session)),
            "LC_ALL": "C",
            **networks.none(self._workspace.helpers),
        }

    async def _remove_leftovers(self) -> None:
        """Working containers and mounts that no session uses: there are none in the ordinary case, which costs reading
        two files.
        """
        root = self._workspace.storage
        if not storage.containers(root) and not storage.mounts(root):
            return
        with locked_if_free(self._lock) as nobody_builds:
            if not nobody_builds:
                return
            # Each by its ID: `rm --all` passes over those whose buildah was killed before it had noted them down.
            if left := storage.containers(root):
                remove_them = [*buildah(self._workspace), "rm", *left]
                await tools.run(remove_them, within=self._limits.git_local, env=self._environment())
            # Several that were killed at once leave several on one another, of which buildah takes down one at a time.
            for mount in storage.mounts(root):
                await tools.run(["umount", mount], within=self._limits.git_local)


def buildah(workspace: Workspace) -> list[str]:
    """The program and what makes it work on a workspace's storage."""
    return ["buildah", "--root", str(workspace.storage), "--runroot", str(workspace.run)]
