"""Whether another run on this machine still lives: each holds a lock on a file, which ends with it, also by SIGKILL.

Only what is found proves anything: a file that nobody holds is a dead run's. That no file is there proves nothing, as
a run elsewhere has none here. So does the machine's boot ID alone, which copies of one virtual machine can share.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pipeline.runtime import locks

PREFIX = "pipeline-run-"


@dataclass(slots=True)
class Life:
    """A run, by a name that no other has, and the boot of the machine it is on; empty where that cannot be told.

    Its file goes with it only once ``over`` is set: one that is left tells the next run that this one is dead.
    """

    run: str
    machine: str
    over: bool = False


@contextmanager
def shown(place: str) -> Iterator[Life]:
    """A run's life, for others to see while the context lasts; ``place`` is what the run works on."""
    life = Life(uuid4().hex, locks.boot_id())
    path = _file(place, life.run)
    lock = _locked(path)
    try:
        yield life
    finally:
        if life.over:
            path.unlink(missing_ok=True)
        os.close(lock)


def is_dead(place: str, run: str, machine: str) -> bool:
    """Whether a run is over for certain; False for one that lives, and where nobody can tell."""
    if not machine or machine != locks.boot_id():
        return False
    return _is_unheld(_file(place, run))


def sweep(place: str) -> None:
    """Remove what dead runs have left, as far as this one may, once nobody will ask for them again."""
    with suppress(OSError):
        for path in Path(tempfile.gettempdir()).glob(f"{_prefix(place)}*"):
            _is_unheld(path, remove=True)


def _locked(path: Path) -> int:
    """A file of this run's own, made and held."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        # Who asks whether it is held has it for that moment.
        locks.lock(file)
        if os.fstat(file).st_nlink:
            return file
        # Swept before it was held.
        os.close(file)


def _is_unheld(path: Path, *, remove: bool = False) -> bool:
    """Whether nobody holds a file; it may be removed then, before anybody else can hold it."""
    with suppress(OSError):
        # What somebody else put there, such as a pipe, must not be waited for.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            unheld = locks.lock_if_free(file, shared=True)
            if unheld and remove:
                path.unlink(missing_ok=True)
        finally:
            os.close(file)
        return unheld
    return False


def _file(place: str, run: str) -> Path:
    return Path(tempfile.gettempdir(), f"{_prefix(place)}{run}")


def _prefix(place: str) -> str:
    return f"{PREFIX}{hashlib.sha256(place.encode()).hexdigest()[:12]}-"
