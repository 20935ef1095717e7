"""What a clone says of itself: its files, its tags, its main branch and where it came from."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath

from pipeline.cli.init.origin import Origin
from pipeline.errors import NoClone, ToolMissing, shown
from pipeline.process import ProgramFailed, ProgramMissing, run_sync
from pipeline.programs import advice


@dataclass(frozen=True)
class Survey:
    """A clone, as found; paths are relative to its root."""

    root: Path
    files: tuple[str, ...]
    tags: tuple[str, ...]
    main: str
    origin: Origin | None

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that has files, at any depth."""
        return frozenset(str(parent) for file in self.files for parent in PurePosixPath(file).parents)

    @cached_property
    def _everything(self) -> frozenset[str]:
        return self.folders.union(self.files)

    def has(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return path in self._everything

    def matching(self, pattern: str) -> list[str]:
        """Files and folders that a pattern names, in which ``*`` does not cross a ``/``."""
        if not is_pattern(pattern):
            return [pattern] if self.has(pattern) else []
        wanted = pattern.split("/")
        split = ((path, path.split("/")) for path in self._everything)
        return sorted(
            path for path, parts in split if len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
        )

    def inside(self, folder: str) -> list[str]:
        """The names of the folders right inside a folder."""
        return sorted(
            PurePosixPath(f).name for f in self.folders if f != "." and str(PurePosixPath(f).parent) == folder
        )

    def called(self, name: str) -> list[str]:
        """Folders of a name, those nearest to the root first."""
        return sorted((f for f in self.folders if PurePosixPath(f).name == name), key=lambda f: (f.count("/"), f))

    def text(self, path: str) -> str:
        """A file's text; what is not UTF-8 in it is replaced."""
        return self.root.joinpath(path).read_text(encoding="utf-8", errors="replace")

    def committed(self, main: str) -> frozenset[str]:
        """The files on the main branch: origin's, or else the clone's own."""
        refs = ([f"refs/remotes/origin/{main}"] if self.origin else []) + [f"refs/heads/{main}"]
        trees = (_or_nothing(self.root, "ls-tree", "-r", "-z", "--name-only", ref) for ref in refs)
        return frozenset(next(filter(None, trees), "").split("\0"))

    def ignores(self, path: str) -> bool:
        """Whether git leaves a path out of commits."""
        return bool(_or_nothing(self.root, "check-ignore", "--", path))


def is_pattern(path: str) -> bool:
    """Whether it has a wildcard (https://docs.docker.com/reference/dockerfile/#pattern-matching)."""
    return any(character in path for character in "*?[")


def look(folder: Path) -> Survey:
    """Look at the clone that a folder is in. Raises `NoClone` or `ToolMissing`."""
    try:
        root = Path(_git(folder, "rev-parse", "--show-toplevel"))
    except ProgramMissing:
        raise ToolMissing("The program git is not on the PATH.", next=advice("git")) from None
    except ProgramFailed as error:
        said = (error.completed.stderr.strip().splitlines() or [""])[0].removeprefix("fatal: ")
        raise NoClone(
            f"{shown(str(folder.absolute()), limit=300)} is not in a git repository ({said}).", next=_remedy(said)
        ) from None
    listed = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return Survey(
        root=root,
        files=tuple(sorted({path for path in listed.split("\0") if path and root.joinpath(path).is_file()})),
        tags=tuple(_git(root, "tag", "--list").splitlines()),
        main=_main(root),
        origin=_origin(root),
    )


def _remedy(said: str) -> str:
    if owned := re.search(r"dubious ownership in repository at '(.+)'", said):
        return f"It is another user's; if you trust it: git config --global --add safe.directory {owned[1]}"
    return "Run it in a clone of the monorepo, or name one: pipeline init FOLDER."


def _origin(root: Path) -> Origin | None:
    url = _or_nothing(root, "remote", "get-url", "origin")
    # A path may be relative to the clone.
    return Origin.parse(url) or (Origin.parse(str(root.joinpath(url).resolve())) if url else None)


def _main(root: Path) -> str:
    """The branch that origin calls its own; else main or master; else the one that is checked out."""
    if head := _or_nothing(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD"):
        return head.removeprefix("origin/")
    branches = _git(root, "for-each-ref", "--format=%(refname:lstrip=-1)", "refs/heads", "refs/remotes/origin")
    known: list[str] = [name for name in ("main", "master") if name in branches.splitlines()]
    return (known or [_or_nothing(root, "symbolic-ref", "--short", "HEAD") or "main"])[0]


def _git(folder: Path, *arguments: str) -> str:
    return run_sync(["git", "-C", str(folder), *arguments], env={"LC_ALL": "C"}).text


def _or_nothing(folder: Path, *arguments: str) -> str:
    try:
        return _git(folder, *arguments)
    except ProgramFailed:
        return ""
