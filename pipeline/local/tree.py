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
                target = PurePosixPath(os.readlink(here))
                found = [] if target.is_absolute() else found
                ahead.extend(reversed(target.parts))
            else:
                found.append(part)
        if links > MAX_LINKS:
            raise Failure(f"{path}: {os.strerror(errno.ELOOP).lower()}")
    return root.joinpath(*found)
