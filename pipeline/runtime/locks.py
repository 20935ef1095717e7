"""Locks on open files, which end with the process that has them, also by SIGKILL; and the boot that they end with."""

import fcntl
from contextlib import suppress
from pathlib import Path


def lock(descriptor: int, *, shared: bool = False) -> None:
    """Lock an open file (flock(2)), for which others may have to be waited for."""
    fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


def lock_if_free(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file if that can be had at once; gives whether it is locked now."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def boot_id() -> str:
    """What a machine gets anew whenever it starts (random(4)); empty where that cannot be told."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""
