"""Write git history as a stream for git-fast-import(1): thousands of commits in one process."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import process

ISOLATED = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
"""Environment for git that leaves the person's own settings (hooks, signing, rewritten addresses) out of it."""

Files = Mapping[str, str | bytes | None]
"""Contents by path; None deletes the path."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who did something, and when (seconds since the epoch, UTC)."""

    name: str
    when: int

    @property
    def line(self) -> bytes:
        """What fast-import reads after ``author``, ``committer`` or ``tagger``."""
        address = self.name.split()[0].lower()
        return f"{self.name} <{address}@example.com> {self.when} +0000\n".encode()


@dataclass(slots=True)
class Stream:
    """Commands for one import; commits are named by the marks that `commit` returns (``:1``, ``:2``, …)."""

    chunks: list[bytes] = field(default_factory=list)
    marks: int = 0

    def commit(self, ref: str, *, by: Signature, message: str, parents: Iterable[str] = (), files: Files) -> str:
        """Add a commit to ``ref``, on ``parents`` (marks, ids, or ``<ref>^0``); returns its mark."""
        self.marks += 1
        self.chunks += [f"commit {ref}\nmark :{self.marks}\n".encode()]
        self.chunks += [b"author ", by.line, b"committer ", by.line, _data(message.encode())]
        for word, parent in zip(_parent_words(), parents, strict=False):
            self.chunks.append(f"{word} {parent}\n".encode())
        for path, content in files.items():
            self.chunks.append(_change(path, content))
        return f":{self.marks}"

    def tag(self, name: str, target: str, *, by: Signature, message: str) -> None:
        """Add an annotated tag."""
        self.chunks += [f"tag {name}\nfrom {target}\n".encode(), b"tagger ", by.line, _data(message.encode())]

    def reset(self, ref: str, target: str) -> None:
        """Let ``ref``, such as a branch or a lightweight tag, name a commit."""
        self.chunks.append(f"reset {ref}\nfrom {target}\n\n".encode())

    def ask_id(self, mark: str) -> None:
        """Have the id of a commit printed by `import_stream`."""
        self.chunks.append(f"get-mark {mark}\n".encode())


def import_stream(git_dir: Path, stream: Stream) -> list[str]:
    """Run an import, moving branches wherever it says; returns the ids that it asked for, in order.

    Raises `pipeline.process.ProcessError`.
    """
    argv = ["git", f"--git-dir={git_dir}", "fast-import", "--quiet", "--force", "--done"]
    return process.run_sync(argv, env=ISOLATED, stdin=b"".join([*stream.chunks, b"done\n"])).text.split()


def _parent_words() -> Iterable[str]:
    yield "from"
    while True:
        yield "merge"


def _change(path: str, content: str | bytes | None) -> bytes:
    if content is None:
        return f"D {path}\n".encode()
    mode = "100755" if path.endswith(".sh") else "100644"
    return f"M {mode} inline {path}\n".encode() + _data(content.encode() if isinstance(content, str) else content)


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)
