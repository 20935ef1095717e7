"""Which programs a verb needs of this machine with the local session, looked for before anybody is asked anything."""

import os

from pipeline.errors import EngineUnavailable, ToolMissing
from pipeline.programs import advice, listed, missing

NOTHING: tuple[str, ...] = ()
GIT = ("git",)
READS = ("git", "skopeo")
BUILDS = ("git", "buildah", "skopeo")

NEEDS = {
    "services": NOTHING, "workflow": NOTHING, "summary": NOTHING,
    "checkout": GIT, "verify-ancestry": GIT,
    "status": READS, "confirm": READS, "notes": READS, "verify": READS, "audit": READS, "board": READS,
    "promote": READS, "rollback": READS,
    "release": BUILDS, "rehearse": BUILDS, "build": BUILDS, "binaries": BUILDS, "push": BUILDS,
}  # fmt: skip
"""The programs that each verb of the `Pipeline` object starts."""


def builders() -> tuple[str, ...]:
    """What it takes to build on this machine: somebody who is not root needs a range of user IDs as well."""
    from pipeline.local import rootless

    return BUILDS if os.geteuid() == 0 else (*BUILDS, rootless.PROGRAM)


def check(verb: str) -> None:
    """Raise `ToolMissing` with everything that a verb lacks here, `EngineUnavailable` where this user may not build."""
    from pipeline.local import rootless

    builds = NEEDS[verb] == BUILDS
    lacking = missing(builders() if builds else NEEDS[verb])
    if lacking:
        isnt = "is not" if len(lacking) == 1 else "are not"
        raise ToolMissing(
            f"`pipeline {verb}` needs {listed(lacking)}, which {isnt} on the PATH.", next=advice(*lacking)
        )
    if builds and rootless.files_without_range():
        raise EngineUnavailable(
            f"`pipeline {verb}` cannot build here: {rootless.lack_of_ranges()}.",
            next=f"{rootless.ADVICE}{rootless.add_ranges_command()}",
        )
