"""What the local session keeps on this machine: how much it is, when it was last used, and how it goes again.

An entry goes as a whole, and nothing goes while a session lives. See `pipeline.local.workspace` for what is where.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from threading import Thread
from typing import Literal

from pipeline import process
from pipeline.local import networks
from pipeline.local.builder import buildah
from pipeline.local.failure import Failure
from pipeline.local.storage import containers, unnamed
from pipeline.local.workspace import Workspace, locked_if_free, remove

Kind = Literal["images", "builds", "git", "volumes"]

FOLDERS: dict[Kind, str] = {"images": "storage", "builds": "builds/*", "git": "git/*", "volumes": "volumes/*"}
"""Where the entries of each kind are, below the cache."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is kept: all images that builds start from, one that was built, one git remote or one volume; its
    bytes, and when it was last used.
    """

    kind: Kind
    folder: Path
    size: int
    used: float


class InUse(Failure):
    """A session lives, so that nothing may go."""


def entries(cache: Path, *, within: float = float("inf")) -> list[Entry]:
    """Everything that is kept; after so many seconds of counting, sizes are what was counted until then."""
    deadline = time.monotonic() + within
    return [
        Entry(kind, folder, _size(folder, deadline), _last_used(kind, folder))
        for kind, pattern in FOLDERS.items()
        for folder in sorted(cache.glob(pattern))
        if folder.is_dir() and not folder.is_symlink()
    ]


def chosen(kept: Sequence[Entry], *, keep: float, since: float) -> list[Entry]:
    """Which entries go so that ``keep`` bytes stay at most, and nothing that was not used ``since`` then."""
    going = []
    total = sum(entry.size for entry in kept)
    for entry in sorted(kept, key=lambda entry: entry.used):
        if entry.used < since or total > keep:
            going.append(entry)
            total -= entry.size
    return going


def has_leftovers(cache: Path) -> bool:
    """Whether there is something that belongs to no entry, and goes whatever else does."""
    return (cache / "trash").exists() or bool(unnamed(cache / FOLDERS["images"]))


def discard(cache: Path, going: Sequence[Entry], *, within: float) -> None:
    """Remove entries, and what belongs to none. Raises `InUse`; `pipeline.process.ProcessError` where buildah cannot do
    its part in time.

    What is renamed is gone for every session. Its files go too, for so many seconds; the rest with the next call.
    """
    if not going and not has_leftovers(cache):
        return
    trash = cache / "trash"
    try:
        with _no_session(cache):
            trash.mkdir(exist_ok=True)
            for entry in going:
                if entry.kind == "images":
                    _discard_images(cache, within)
                else:
                    entry.folder.rename(trash / token_hex(8))
            if unnamed(cache / FOLDERS["images"]):
                _buildah(cache, "rmi", "--prune", within=within)
    finally:
        # A thread that still removes files does not keep the process from ending.
        remover = Thread(target=remove, args=(trash,), daemon=True)
        remover.start()
        remover.join(within)


@contextmanager
def _no_session(cache: Path) -> Iterator[None]:
    """No session lives, and none begins for as long as the context lasts."""
    with locked_if_free(cache / "sessions.lock") as nobody_begins:
        if not nobody_begins or any(_lives(session) for session in cache.glob("sessions/*")):
            raise InUse("the cache is in use: a run works with it now")
        with locked_if_free(cache / "storage.lock") as nobody_builds:
            if not nobody_builds:
                raise InUse("the cache is in use: a build works with it now")
            yield


def _lives(session: Path) -> bool:
    with suppress(FileNotFoundError), locked_if_free(session / "lock") as abandoned:
        return not abandoned
    return False


def _discard_images(cache: Path, within: float) -> None:
    """By buildah: without root, files of images belong to IDs that only it may act for."""
    if left := containers(cache / FOLDERS["images"]):
        _buildah(cache, "rm", *left, within=within)
    _buildah(cache, "rmi", "--all", "--force", within=within)


def _buildah(cache: Path, *arguments: str, within: float) -> None:
    folders = Workspace(cache, cache)
    process.run_sync([*buildah(folders), *arguments], timeout=within, env=networks.none(folders.helpers))


def _last_used(kind: Kind, folder: Path) -> float:
    """By the locks that each use takes; of a volume, by what was written to it; of an image, by its folder's own time."""
    more = {"images": [folder.with_name("storage.lock")], "git": folder.glob("*.lock"), "volumes": folder.iterdir()}
    paths = (folder, *more.get(kind, ()))
    return max((path.lstat().st_mtime for path in paths if os.path.lexists(path)), default=0.0)


def _size(folder: Path, deadline: float) -> int:
    """The bytes on the disk below a folder; what may not be read is not counted."""
    total = 0
    for root, _, files in os.walk(folder):
        if time.monotonic() > deadline:
            break
        for name in files:
            total += _blocks(os.path.join(root, name))  # noqa: PTH118 - there may be hundreds of thousands
    return total


def _blocks(path: str) -> int:
    try:
        return os.lstat(path).st_blocks * 512
    except OSError:
        return 0
