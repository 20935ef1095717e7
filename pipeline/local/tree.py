"""Files below a folder, looked up so that no link in it leads out of it."""

import errno
import os
from pathlib import Path, PurePosixPath

from pipeline.local.failure import Failure

MAX_LINKS = 40
"""As many symbolic links as the kernel follows, see path_resolution(7)."""


def inside(root: Path, path: str, *, follow_last: bool = True) -> Path:
    """Where ``path`` is below ``root``, with every symbolic link read as if ``root`` were ``/``.

    The result may not exist. Raises `Failure` when links go in circles.
    """
    found: list[str] = []
    ahead = list(reversed(PurePosixPath(path).parts))
    links = 0
    while ahead:
        part = ahead.pop()
        if part == "..":
            found = found[:-1]
        elif part not in ("/", "."):
            here = root.joinpath(*found, part)
            if here.is_symlink() and (ahead or follow_last):
                links += 1
                target = here.readlink()
                found = [] if target.is_absolute() else found
                ahead.extend(reversed(target.parts))
            else:
                found.append(part)
        if links > MAX_LINKS:
            raise Failure(f"{path}: {os.strerror(errno.ELOOP).lower()}")
    return root.joinpath(*found)


def set_times(root: Path) -> None:
    """Give everything below ``root`` the same time, as the engine does, so that a build sees no change in it.

    One second after 1970, because some tools take the very beginning for "missing".
    """
    for folder, folders, files in os.walk(root, topdown=False):
        for name in (*files, *folders):
            os.utime(f"{folder}/{name}", (1, 1), follow_symlinks=False)
    os.utime(root, (1, 1))
