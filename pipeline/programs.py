"""Programs that this machine may lack, and the one command that installs them."""

import os
import shutil
from collections.abc import Iterable

PACKAGES = {"newuidmap": "uidmap"}
"""The Debian and Ubuntu package of each program that is not named like its package."""


def missing(programs: Iterable[str]) -> list[str]:
    """Those that are not on the PATH."""
    return [program for program in programs if shutil.which(program) is None]


def install_command(*programs: str) -> str:
    """The command that installs these programs; for a machine without apt-get, what its own would have to install."""
    packages = [PACKAGES.get(program, program) for program in programs]
    if shutil.which("apt-get") is None:
        return f"install the package{'s'[: len(packages) - 1]} {listed(packages)}"
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install {' '.join(packages)}"


def advice(*programs: str) -> str:
    """What to do about programs that are missing, as the next step of an error; the command ends it, to be copied."""
    command = install_command(*programs)
    if "apt-get" not in command:
        return f"{command[0].upper()}{command[1:]}."
    return f"Install {'it' if len(programs) == 1 else 'them'} with: {command}"


def listed(names: list[str]) -> str:
    """Names as part of a sentence: ``git, buildah and skopeo``."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
