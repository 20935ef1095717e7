"""Where the local session keeps things: a cache that stays, and a folder per session that goes.

    <cache>/git/<digest of the URL>/     what was fetched from a remote
    <cache>/storage/                     buildah's images and layers, apart from the person's own
    <cache>/builds/<digest>/             an image that was built, see `pipeline.local.kept`
    <cache>/volumes/<digest of a name>/  what commands in containers cache, such as Go's builds
    <cache>/volumes/dockerfiles/         the same of commands in Dockerfiles (RUN --mount=type=cache)
    <cache>/helpers/                     programs that buildah looks for and never starts, see `pipeline.local.networks`
    <cache>/sessions/<random>/           everything else; locked while its session lives
    <cache>/trash/                       what `pipeline.local.cache` dropped, while its files are being removed

A session that was killed cannot tidy up; its folder has no lock any more, and the next session removes it.
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import anyio
import anyio.to_thread

from pipeline.local.failure import Failure
from pipeline.runtime.locks import boot_id, lock, lock_if_free

POLL = 0.05
"""Seconds between two looks at a lock that another process holds."""


def default_cache() -> Path:
    """``pipeline`` below the person's cache folder (XDG Base Directory Specification, which ignores relative paths)."""
    told = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (told if told.is_absolute() else Path.home() / ".cache") / "pipeline"


class Workspace:
    """The folders of one session."""

    def __init__(self, cache: Path, session: Path) -> None:
        self.cache = cache
        self.session = session

    @property
    def storage(self) -> Path:
        """Buildah's ``--root``."""
        return self.cache / "storage"

    @property
    def builds(self) -> Path:
        """Where images that were built are kept."""
        return self.cache / "builds"

    @property
    def helpers(self) -> Path:
        """Where buildah finds programs of its own."""
        return self.cache / "helpers"

    @property
    def run(self) -> Path:
        """Buildah's ``--runroot``: what it notes about mounts holds until the machine restarts."""
        return self.cache / "run" / boot_id()[:8]

    def fresh(self, prefix: str) -> Path:
        """A new folder that goes with the session."""
        # No mkdtemp: buildah makes image names of paths, and those may not have an underscore everywhere.
        folder = self.session / f"{prefix}-{secrets.token_hex(8)}"
        folder.mkdir(0o700)
        return folder

    def layout(self, folder: Path) -> str:
        """The image in an OCI layout of this session, as skopeo and buildah name it, for use in `session`.

        Relative, because what the path to the cache may have in it (colons, capitals) means something else there.
        """
        return f"oci:{folder.relative_to(self.session)}:image"


@contextmanager
def workspace(cache: Path) -> Iterator[Workspace]:
    """The folders of a new session, removed at its end; also removes what killed sessions left."""
    if any(character in str(cache) for character in ":,"):
        raise Failure(
            f"the cache folder {str(cache)!r} has a colon or a comma in its path, which no overlay mount takes; set XDG_CACHE_HOME to another one"
        )
    sessions = cache / "sessions"
    sessions.mkdir(parents=True, exist_ok=True)
    with locked(cache / "sessions.lock"):
        for left in sessions.iterdir():
            _sweep(left)
        session = Path(tempfile.mkdtemp(dir=sessions))
        mark = _open(session / "lock")
        lock(mark)
    try:
        yield Workspace(cache, session)
    finally:
        remove(session)
        os.close(mark)


def remove(folder: Path) -> None:
    """Remove a folder with everything in it, whatever its modes say."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder, onerror=_unlock_and_retry)


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock file. Blocks, so only for locks that are held for moments."""
    descriptor = _open(path)
    try:
        lock(descriptor, shared=shared)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def locked_if_free(path: Path) -> Iterator[bool]:
    """Hold a lock file exclusively if nobody else has it; the context says whether it does."""
    descriptor = _open(path)
    try:
        yield lock_if_free(descriptor)
    finally:
        os.close(descriptor)


@asynccontextmanager
async def locked_soon(path: Path, *, shared: bool = False, within: float) -> AsyncIterator[None]:
    """Hold a lock file that another process may keep for long; a `Failure` after ``within`` seconds."""
    descriptor = _open(path)
    try:
        with anyio.move_on_after(within) as waiting:
            # Whoever holds it is another process, which sets no event of this one.
            while not lock_if_free(descriptor, shared=shared):  # noqa: ASYNC110
                await anyio.sleep(POLL)
        if waiting.cancelled_caught:
            raise Failure(f"another run has held {path} for {within:g} seconds; wait for it to end, or end it")
        # The lock's own time tells when what it guards was last used, see `pipeline.local.cache`.
        os.utime(descriptor)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _sweep(session: Path) -> None:
    with suppress(FileNotFoundError), locked_if_free(session / "lock") as abandoned:
        if abandoned:
            remove(session)


def _unlock_and_retry(function: object, path: str, _: object) -> None:
    parent = Path(path).parent
    with suppress(OSError):
        parent.chmod(0o700)
        Path(path).chmod(0o700)
    if Path(path).is_dir() and not Path(path).is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        Path(path).unlink(missing_ok=True)
