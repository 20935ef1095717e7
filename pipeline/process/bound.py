"""What every program that is started has in common: it dies with this process, and makes files that others may read."""

import shutil
from collections.abc import Sequence

from pipeline.process.completed import ProgramMissing

GRACE = 5.0
"""Seconds a child has between SIGTERM and SIGKILL."""

UMASK = 0o022
"""What files a child makes may be, whatever the person's own umask is: modes end up in images."""


def to_this_process(argv: Sequence[str]) -> list[str]:
    """The command line that runs a program which the kernel ends with this process; `ProgramMissing` if there is none."""
    program = shutil.which(argv[0])
    if program is None:
        raise ProgramMissing(argv[0])
    setpriv = shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    return [*prefix, program, *argv[1:]]
