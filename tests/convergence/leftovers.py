"""What a run may leave behind on a machine, looked for outside of the pipeline's own knowledge."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SOON = 10.0


def leftovers(cache: Path, temporary: Path) -> list[str]:
    """Containers, mounts, session folders, temporary files and processes, as soon as there are none, or at last."""
    deadline = time.monotonic() + SOON
    while (left := [*_all(cache, temporary)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def _all(cache: Path, temporary: Path) -> Iterator[str]:
    yield from (f"session {path.name}" for path in (cache / "sessions").glob("*"))
    yield from (f"container {name}" for name in _containers(cache / "storage"))
    yield from (f"mount {mount}" for mount in _mounts() if _below(mount, cache) or _below(mount, temporary))
    yield from (f"file {path}" for path in temporary.glob("*"))
    yield from (f"process {line}" for line in processes(str(cache)))


def processes(word: str) -> Iterator[str]:
    """The command lines of running programs that have a word in them, this one left out."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            if word in line and int(process.name) != os.getpid():
                yield line


def _containers(storage: Path) -> Iterator[str]:
    for listed in storage.glob("*-containers/*containers.json"):
        yield from (container["id"] for container in json.loads(listed.read_text() or "[]"))


def _mounts() -> Iterator[str]:
    return (line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines())


def _below(path: str, folder: Path) -> bool:
    return Path(path).is_relative_to(folder)
