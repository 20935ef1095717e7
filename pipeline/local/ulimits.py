"""Limits of processes (getrlimit(2)) for what is built: those of this process, as far as buildah can keep them."""

import resource
from pathlib import Path

MOST = 1024 * 1024
"""What a newer buildah gives itself and its commands of either, as root (buildah-build(1), ``--ulimit``)."""

PID_MAX = Path("/proc/sys/kernel/pid_max")


def own() -> list[str]:
    """The arguments for buildah's ``build`` and ``from``.

    Left to itself, a newer one raises both limits, which root may not do in a container. An older one lowers its own
    number of processes to all that the machine can have, and cannot go back.
    """
    processes = min(MOST, int(PID_MAX.read_text()))
    return [_argument("nofile", resource.RLIMIT_NOFILE, MOST), _argument("nproc", resource.RLIMIT_NPROC, processes)]


def _argument(name: str, number: int, most: int) -> str:
    soft, hard = (most if limit == resource.RLIM_INFINITY else min(limit, most) for limit in resource.getrlimit(number))
    return f"--ulimit={name}={soft}:{hard}"
