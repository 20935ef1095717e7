"""The programs that these tests need and no Debian package has, at pinned versions below `.cache/tools`.

``python -m tests.binaries.tools`` installs what is missing, and says nothing when all is there.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from pipeline import process

CACHE = Path(__file__).parents[2] / ".cache" / "tools"

GORELEASER_VERSION = "2.15.4"
GORELEASER_MODULE = "github.com/goreleaser/goreleaser/v2"
GORELEASER_SUM = "h1:nQljy2KLHhzm3aGuL7IAQ2sqIcF0t1hcYiNy1EzUiqE="
"""Of the module's source, as in Go's checksum database."""

VERDACCIO = Path(__file__).parent / "verdaccio"
"""Verdaccio's version is in the package.json there, and everything it needs in the lock file, by hash.

The lock file has a version where ``verdaccio-audit`` asks for a tag of ``node-fetch``: without addresses a tag cannot be
checked, and the npm of Debian and Ubuntu cannot override one.
"""

INSTALL_WITHIN = 1800.0


class Missing(Exception):
    """A tool is not installed; the message says how to get it."""


def goreleaser() -> Path:
    """The program. Raises `Missing`."""
    return _present(CACHE / f"goreleaser-{GORELEASER_VERSION}" / "goreleaser")


def verdaccio() -> Path:
    """The modules of the npm registry, for node. Raises `Missing`."""
    _present(_verdaccio_folder() / "node_modules" / "verdaccio")
    return _verdaccio_folder() / "node_modules"


def goroot() -> Path:
    """The Go installation that is on the PATH. Raises `Missing`."""
    if shutil.which("go") is None:
        raise Missing("Go is not on the PATH: install it from https://go.dev/dl")
    return Path(process.run_sync(["go", "env", "GOROOT"], timeout=60).text)


def keep_volumes(cache: Path) -> None:
    """Let a local session's cache have the volumes of earlier test runs, with what Go has compiled in them."""
    volumes = CACHE / "volumes"
    volumes.mkdir(parents=True, exist_ok=True)
    cache.mkdir(parents=True, exist_ok=True)
    (cache / "volumes").symlink_to(volumes)


def install() -> None:
    """Install whatever is missing. Raises `Missing` for what this machine cannot install it with."""
    for present, make in ((goreleaser, _install_goreleaser), (verdaccio, _install_verdaccio)):
        _unless_present(present, make)


def _unless_present(present: Callable[[], Path], make: Callable[[], None]) -> None:
    try:
        present()
    except Missing:
        make()
        present()


def _present(path: Path) -> Path:
    if not path.exists():
        raise Missing(f"{path.name} is not installed: run python -m tests.binaries.tools")
    return path


def _install_goreleaser() -> None:
    goroot()
    partial = CACHE / f"goreleaser-{GORELEASER_VERSION}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    environment = {"GOBIN": str(partial), "CGO_ENABLED": "0", "GOFLAGS": "-trimpath", "GO111MODULE": "on"}
    install = ["go", "install", "-ldflags=-s", f"{GORELEASER_MODULE}@v{GORELEASER_VERSION}"]
    process.run_sync(install, env=environment, cwd=partial, timeout=INSTALL_WITHIN)
    built = process.run_sync(["go", "version", "-m", str(partial / "goreleaser")], timeout=60).text
    if GORELEASER_SUM not in built:
        raise Missing(f"{GORELEASER_MODULE} {GORELEASER_VERSION} is not what it was when it was pinned")
    partial.rename(CACHE / f"goreleaser-{GORELEASER_VERSION}")


def _install_verdaccio() -> None:
    if shutil.which("npm") is None:
        raise Missing("npm is not on the PATH: sudo apt-get install npm")
    partial = CACHE / "verdaccio.partial"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(VERDACCIO, partial)
    process.run_sync(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=partial, timeout=INSTALL_WITHIN)
    partial.rename(_verdaccio_folder())


def _verdaccio_folder() -> Path:
    return CACHE / f"verdaccio-{hashlib.sha256((VERDACCIO / 'package-lock.json').read_bytes()).hexdigest()[:12]}"


if __name__ == "__main__":
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n")
    try:
        install()
    except (Missing, process.ProcessError) as missing:
        print(f"The tests of command-line releases will be left out. {missing}", file=sys.stderr)
        sys.exit(1 if os.environ.get("CI") else 0)
