"""What buildah needs to work for somebody who is not root: a range of subordinate user and group IDs.

See subuid(5) and buildah(1), "Rootless".
"""

import os
import pwd
import shutil
from pathlib import Path

from pipeline.local.failure import Failure

RANGES = (Path("/etc/subuid"), Path("/etc/subgid"))


def check() -> None:
    """Raise a `Failure` that says what this user lacks to build images."""
    if os.getuid() == 0:
        return
    if shutil.which("newuidmap") is None:
        raise Failure(
            "building images without root needs the program 'newuidmap'; install it with: sudo apt-get install uidmap"
        )
    user = pwd.getpwuid(os.getuid()).pw_name
    lacking = [str(path) for path in RANGES if not has_range(path, user)]
    if lacking:
        raise Failure(
            f"building images without root needs IDs for {user!r} in {' and '.join(lacking)}; add them with: "
            f"sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"
        )


def has_range(path: Path, user: str) -> bool:
    """Whether a file like ``/etc/subuid`` has a range for a user, by name or by number."""
    if not path.exists():
        return False
    owners = {line.partition(":")[0] for line in path.read_text().splitlines()}
    return bool(owners & {user, str(os.getuid())})
