"""Looking for secrets where none may be: in output, in files, in image layers, in argument lists."""

import base64
import gzip
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

TICK = 0.005


def secrets_in(texts: Iterable[str], folders: Iterable[Path], tokens: Iterable[str]) -> list[str]:
    """Where one of the tokens is, plain or as in basic authentication."""
    forms = [form for token in tokens for form in _forms(token)]
    found = [f"output: {text[:200]}" for text in texts if any(form in text.encode() for form in forms)]
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return found + [str(path) for path in files if any(form in _content(path) for form in forms)]


@contextmanager
def watched_argument_lists() -> Iterator[set[str]]:
    """The command lines of all programs that run meanwhile, as far as they live long enough to be seen."""
    seen: set[str] = set()
    done = Event()
    watcher = Thread(target=_watch, args=(seen, done))
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def _watch(seen: set[str], done: Event) -> None:
    while not done.is_set():
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                seen.add((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        time.sleep(TICK)


def _forms(token: str) -> Iterator[bytes]:
    yield token.encode()
    # A token behind a user name of any length, in base64: three alignments, without the ends that depend on it.
    for before in range(3):
        encoded = base64.b64encode(b"x" * before + token.encode())
        yield encoded[4 if before else 0 : -4]


def _content(path: Path) -> bytes:
    with suppress(OSError):
        content = path.read_bytes()
        with suppress(OSError, EOFError):
            return content + (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else b"")
        return content
    return b""
