"""Networks of containers, which nothing here has: what is built uses the network of the machine, as chroot isolation does."""

import shutil
from contextlib import suppress
from pathlib import Path

HELPERS = "CONTAINERS_HELPER_BINARY_DIR"
"""Where buildah looks for programs of its own first (FindHelperBinary in containers/common, ``pkg/config``)."""

PROGRAM = "netavark"


def none(folder: Path) -> dict[str, str]:
    """The variables for a buildah that makes no network, with ``folder`` for what that takes.

    A newer one does not begin without the program that would make one, and Debian's package only recommends that: it
    gets one that does nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        (folder / PROGRAM).symlink_to(shutil.which("false") or "/bin/false")
    return {HELPERS: str(folder)}
