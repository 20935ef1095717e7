"""Temporary folders that nothing leaves behind, not even SIGKILL: what a killed run left, the next one removes."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "pipeline-scratch-"


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder, removed at the end. It is locked for as long as it is in use; one without a lock is a leftover."""
    _sweep(Path(tempfile.gettempdir()))
    path = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            _remove_if_abandoned(left)


def _remove_if_abandoned(left: Path) -> None:
    lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if left.stat().st_uid == os.geteuid():
            shutil.rmtree(left)
    finally:
        os.close(lock)
