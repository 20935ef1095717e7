"""What buildah needs to work for somebody who is not root: a range of subordinate IDs, and a user namespace for them.

See subuid(5), user_namespaces(7) and buildah(1), "Rootless".
"""

import os
import pwd
from pathlib import Path

from pipeline import programs
from pipeline.local import tools
from pipeline.local.failure import Failure

RANGES = (Path("/etc/subuid"), Path("/etc/subgid"))

PROGRAM = "newuidmap"
"""What hands the range out."""

ADVICE = "Add them with: "

NO_NAMESPACE = "Error during unshare(CLONE_NEWUSER)"
"""What buildah says first where this user may make no namespace: in many containers, and by a setting of the kernel."""

NAMESPACE_ADVICE = "Build as root, or let users make namespaces: see user_namespaces(7)"


def check() -> None:
    """Raise a `Failure` that says what this user lacks to build images."""
    if os.getuid() == 0:
        return
    if programs.missing([PROGRAM]):
        raise Failure(tools.program_missing(PROGRAM))
    if files_without_range():
        raise Failure(f"{lack_of_ranges()}; {ADVICE}{add_ranges_command()}")


def lack_of_ranges() -> str:
    """What is wrong where `files_without_range` gives any."""
    return f"building images without root needs IDs for {user()!r} in {programs.listed(files_without_range())}"


def lack_of_namespaces() -> str:
    """What is wrong where buildah has said `NO_NAMESPACE`."""
    return f"building images without root needs a user namespace, and this machine lets {user()!r} make none"


def files_without_range() -> list[str]:
    """The files that have no range for this user; none for root, who needs none."""
    if os.getuid() == 0:
        return []
    return [str(path) for path in RANGES if not has_range(path, user())]


def add_ranges_command() -> str:
    """The command that gives this user a range."""
    return f"sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user()}"


def user() -> str:
    """The name of this user, or the number where there is none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def has_range(path: Path, user: str) -> bool:
    """Whether a file like ``/etc/subuid`` has a range for a user, by name or by number."""
    if not path.exists():
        return False
    owners = {line.partition(":")[0] for line in path.read_text().splitlines()}
    return bool(owners & {user, str(os.getuid())})
