"""A bare git repository with a small, fixed history, made in one go with git-fast-import(1).

``main`` has five commits, a day apart; ``vault/v0.1.0`` is a lightweight tag on the first, ``vault/v0.2.0`` an
annotated one on the third. ``side`` leaves ``main`` at the second commit; ``island`` shares nothing with it.
"""

from dataclasses import dataclass
from pathlib import Path

from pipeline.process import run_sync

START = 1_735_732_800
DAY = 86_400


@dataclass(frozen=True)
class History:
    """Where the repository is, and its commits by the order they were made in."""

    git_dir: Path
    main: tuple[str, ...]
    side: str
    island: str

    def git(self, *args: str) -> str:
        """What a git command says about it."""
        return run_sync(["git", f"--git-dir={self.git_dir}", *args], timeout=60).text

    def sha(self, revision: str) -> str:
        """The object for a revision."""
        return self.git("rev-parse", revision)


def make_history(git_dir: Path) -> History:
    """Make the repository in ``git_dir``, which must not exist."""
    main = [_commit("main", day, {"a.txt": f"{day}\n", f"src/{day}.txt": "new\n"}) for day in range(1, 6)]
    side = _commit("side", 6, {"side.txt": "side\n"}, parent=":2")
    island = _commit("island", 7, {"island.txt": "island\n"})
    tags = ["reset refs/tags/vault/v0.1.0\nfrom :1\n\n", _annotated("vault/v0.2.0", ":3")]
    stream = "".join([*main, side, island, *tags, "done\n"])
    run_sync(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(git_dir)], timeout=60)
    git = ["git", f"--git-dir={git_dir}"]
    run_sync([*git, "fast-import", "--quiet", "--done"], stdin=stream.encode(), timeout=60)
    shas = run_sync([*git, "rev-list", "--reverse", "main"], timeout=60).text.split()
    ends = run_sync([*git, "rev-parse", "side", "island"], timeout=60).text.split()
    return History(git_dir, tuple(shas), *ends)


def _commit(branch: str, day: int, files: dict[str, str], *, parent: str = "") -> str:
    who = f"A Person <person@example.com> {START + day * DAY} +0000"
    message = f"Commit {day}"
    head = f"commit refs/heads/{branch}\nmark :{day}\nauthor {who}\ncommitter {who}\ndata {len(message)}\n{message}\n"
    origin = f"from {parent}\n" if parent else ""
    changes = "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items())
    return head + origin + changes


def _annotated(tag: str, target: str) -> str:
    message = "The second one"
    tagger = f"A Person <person@example.com> {START} +0000"
    return f"tag {tag}\nfrom {target}\ntagger {tagger}\ndata {len(message)}\n{message}\n"
