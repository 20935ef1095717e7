"""Temporary folders that nothing leaves behind, not even SIGKILL: what a killed run left, the next one removes."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from pipeline.runtime import locks

if TYPE_CHECKING:
    import dagger

PREFIX = "pipeline-scratch-"


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder, removed at the end. It is locked for as long as it is in use; one without a lock is a leftover."""
    _sweep(Path(tempfile.gettempdir()))
    path, lock = _locked()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


async def copied(file: "dagger.File", to: Path, *, within: float) -> str:
    """Copy a session's file into such a folder; gives the path, or raises `TimeoutError` after so many seconds.

    To its end, also where the caller is cancelled: a copy that is still under way would make the folder anew.
    """
    with anyio.fail_after(within, shield=True):
        return await file.export(str(to))


def _locked() -> tuple[Path, int]:
    """A new folder and its lock. Another run may have swept it away in the moment between the two."""
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            locks.lock(lock)
            if path.exists():
                return path, lock
            os.close(lock)


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            _remove_if_abandoned(left)


def _remove_if_abandoned(left: Path) -> None:
    lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if locks.lock_if_free(lock) and left.stat().st_uid == os.geteuid():
            shutil.rmtree(left)
    finally:
        os.close(lock)
