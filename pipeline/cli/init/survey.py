"""What a clone says of itself: its files, its tags, its main branch and where it came from."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from pipeline.errors import NoClone, ToolMissing, shown
from pipeline.process import ProgramFailed, ProgramMissing, run_sync

_URL = re.compile(r"(?P<scheme>https?|ssh|git)://([^@/]+@)?(?P<host>[^/]+)/(?P<path>.+?)(\.git)?/?")
_SCP = re.compile(r"([^@/]+@)?(?P<host>[^:/]+):(?P<path>(?!//).+?)(\.git)?/?")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a clone came from: the scheme and host of its GitHub, and the repository there (owner/name)."""

    scheme: str
    host: str
    repository: str

    @classmethod
    def parse(cls, url: str) -> "Origin | None":
        """Read a remote's URL as git takes them (https://git-scm.com/docs/git-clone#_git_urls)."""
        match = _URL.fullmatch(url) or _SCP.fullmatch(url)
        parts = match["path"].strip("/").split("/") if match else []
        if match is None or len(parts) < 2:
            return None
        scheme = match.groupdict().get("scheme", "ssh")
        web = scheme in ("http", "https")
        return cls(
            scheme if web else "https", match["host"] if web else match["host"].split(":")[0], "/".join(parts[-2:])
        )

    @property
    def api(self) -> str | None:
        """The REST API's address where it is not the public one (GitHub Enterprise)."""
        return None if self.host == "github.com" else f"{self.scheme}://{self.host}/api/v3"


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

    def has(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return path in self.folders or path in self.files

    def inside(self, folder: str) -> list[str]:
        """The names of the folders right inside a folder."""
        return sorted(
            PurePosixPath(f).name for f in self.folders if f != "." and str(PurePosixPath(f).parent) == folder
        )

    def text(self, path: str) -> str:
        """A file's text; what is not UTF-8 in it is replaced."""
        return self.root.joinpath(path).read_text(encoding="utf-8", errors="replace")


def look(folder: Path) -> Survey:
    """Look at the clone that a folder is in. Raises `NoClone` or `ToolMissing`."""
    try:
        root = Path(_git(folder, "rev-parse", "--show-toplevel"))
    except ProgramMissing:
        raise ToolMissing("git is not installed.", next="Install it: apt-get install git.") from None
    except ProgramFailed as error:
        raise NoClone(
            f"{shown(str(folder))} is not in a git repository.", next=f"Run it in a clone of the monorepo ({error})."
        ) from None
    listed = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return Survey(
        root=root,
        files=tuple(sorted({path for path in listed.split("\0") if path and root.joinpath(path).is_file()})),
        tags=tuple(_git(root, "tag", "--list").splitlines()),
        main=_main(root),
        origin=Origin.parse(_or_nothing(root, "remote", "get-url", "origin")),
    )


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
