"""A commit's files with its ``.git``. The two are made apart, since most callers want only one of them."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from pipeline.local.context import Context
from pipeline.local.directory import Directory
from pipeline.runtime.once import Once

GIT_DIR = ".git"


class Checkout(Directory):
    """A checked-out commit.

    ``without_git`` gives the files alone; ``git_dir`` writes the ``.git`` alone, or is None where only a whole
    checkout will do.
    """

    def __init__(
        self,
        context: Context,
        root: Once[Path],
        *,
        without_git: Callable[[], Directory],
        git_dir: Callable[[], Awaitable[Path]] | None,
    ) -> None:
        super().__init__(context, root)
        self._without_git = without_git
        self._git_dir = Once(git_dir) if git_dir else None

    @property
    def noun(self) -> str:
        """It is a directory to everybody."""
        return "Directory"

    def directory(self, path: str) -> Directory:
        """A folder below this one; the ``.git`` is made without the files."""
        if self._git_dir and path.strip("/") == GIT_DIR:
            return Directory(self._context, self._git_dir)
        return super().directory(path)

    def without_directory(self, path: str) -> Directory:
        """The same without a folder; without its ``.git`` a checkout is only the files."""
        return self._without_git() if path.strip("/") == GIT_DIR else super().without_directory(path)
