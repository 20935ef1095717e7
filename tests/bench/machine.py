"""What kind of machine this is, as far as figures depend on it."""

import os
import platform
import re
from pathlib import Path

from pipeline import __version__
from pipeline.process import ProcessError, run_sync
from tests.bench.results import Machine
from tests.conformance.engines import dagger_version

PROGRAMS = ("git", "buildah", "skopeo")
GIGABYTE = 1024**3


def describe() -> Machine:
    """Look at this machine."""
    versions = {"pipeline": __version__, "Python": platform.python_version()}
    versions |= {program: _version(program) for program in PROGRAMS}
    if found := dagger_version():
        versions["Dagger"] = _number(found)
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIGABYTE),
        system=f"{platform.freedesktop_os_release().get('PRETTY_NAME', platform.system())}, {platform.machine()}",
        versions=versions,
    )


def load() -> float:
    """How many programs on average wanted a core in the last minute, for each core."""
    return os.getloadavg()[0] / len(os.sched_getaffinity(0))


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _version(program: str) -> str:
    try:
        return _number(run_sync([program, "--version"], timeout=20).text)
    except ProcessError:
        return "absent"


def _number(text: str) -> str:
    found = re.search(r"\d+\.\d+(\.\d+)*", text)
    return found[0] if found else text
