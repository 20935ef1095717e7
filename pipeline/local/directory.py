"""``Directory`` and ``File``: a folder of the session, seen through the API. Both are values: nothing changes one."""

import json
import os
import shutil
import stat
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath

import anyio
import anyio.to_thread

from pipeline.local import platforms, tree
from pipeline.local.build import Build, Origin
from pipeline.local.context import Context
from pipeline.local.failure import Failure
from pipeline.local.graph import Node, every_time
from pipeline.local.secret import Secret
from pipeline.runtime.once import Once


class Directory(Node):
    """The folder ``path`` below a root that is made when it is first needed.

    ``origin`` is where all that is below the root comes from, if the same origin always means the same files.
    """

    def __init__(self, context: Context, root: Once[Path], path: str = "/", *, origin: Origin | None = None) -> None:
        self._context = context
        self._root = root
        self._path = path
        self._origin = origin

    async def sync(self) -> str:
        """Make it now."""
        await self.folder()
        return self.id

    async def folder(self) -> Path:
        """The folder itself; a `Failure` when there is none."""
        folder = tree.inside(await self._root(), self._path)
        if not folder.is_dir():
            raise Failure(f"{self._path.lstrip('/')}: not a directory" if folder.exists() else _absent(self._path))
        return folder

    def directory(self, path: str) -> "Directory":
        """A folder below this one."""
        return Directory(self._context, self._root, _joined(self._path, path), origin=self._origin)

    def file(self, path: str) -> "File":
        """A file below this folder."""
        return File(self._root, _joined(self._path, path))

    async def entries(self, path: str | None = None) -> list[str]:
        """The names in this folder, sorted; folders end in a slash, as on the Dagger engine."""
        folder = await (self.directory(path) if path else self).folder()
        return sorted(f"{p.name}/" if p.is_dir() and not p.is_symlink() else p.name for p in folder.iterdir())

    async def glob(self, pattern: str) -> list[str]:
        """The paths below this folder that match."""
        folder = await self.folder()
        # In Python's patterns "**" is folders only, in the engine's it is everything.
        complete = f"{pattern}/*" if pattern.rsplit("/", 1)[-1] == "**" else pattern
        found = await anyio.to_thread.run_sync(lambda: sorted(folder.glob(complete.lstrip("/"))))
        return [f"{p.relative_to(folder)}/" if p.is_dir() else str(p.relative_to(folder)) for p in found]

    async def exists(self, path: str, do_not_follow_symlinks: bool, expected_type: str | None = None) -> bool:
        """Whether there is something at a path, and of which kind."""
        found = tree.inside(await self.folder(), path, follow_last=not do_not_follow_symlinks)
        try:
            mode = found.lstat().st_mode
        except OSError:
            return False
        kinds = {"REGULAR_TYPE": stat.S_ISREG, "DIRECTORY_TYPE": stat.S_ISDIR, "SYMLINK_TYPE": stat.S_ISLNK}
        return kinds[expected_type](mode) if expected_type else True

    async def digest(self) -> str:
        """A digest of all names, modes and contents; not the same as the engine's, but as good for comparing."""
        folder = await self.folder()
        return await anyio.to_thread.run_sync(_digest, folder)

    def with_new_file(self, path: str, contents: str, permissions: int) -> "Directory":
        """A copy of this directory with a file added or replaced."""

        async def write() -> Path:
            copy = self._context.workspace.fresh("tree")
            source = await self.folder()
            await anyio.to_thread.run_sync(_write, source, copy, path, contents, permissions)
            return copy

        return Directory(self._context, Once(write), origin=self._origin_with(path, contents, permissions))

    def without_directory(self, path: str) -> "Directory":
        """A copy of this directory with a folder left out."""

        async def leave_out() -> Path:
            copy = self._context.workspace.fresh("tree")
            await anyio.to_thread.run_sync(_copy, await self.folder(), copy)
            await anyio.to_thread.run_sync(shutil.rmtree, tree.inside(copy, path), True)
            return copy

        return Directory(self._context, Once(leave_out))

    @every_time
    async def export(self, path: str, wipe: bool) -> str:
        """Copy this folder to a path of the machine; ``wipe`` removes what is there and not here."""
        folder = await self.folder()
        if wipe:
            await anyio.to_thread.run_sync(shutil.rmtree, path, True)
        copy = partial(shutil.copytree, folder, path, symlinks=True, dirs_exist_ok=True)
        await anyio.to_thread.run_sync(copy)
        return path

    def _origin_with(self, *added: object) -> Origin | None:
        """The origin of this very folder with something added."""
        origin = self._origin
        if origin is None:
            return None

        async def told() -> str | None:
            known = await origin()
            return None if known is None else json.dumps([known, self._path, *added])

        return told

    def docker_build(
        self,
        dockerfile: str,
        target: str,
        no_init: bool,
        platform: str | None = None,
        build_args: list[dict[str, str]] | None = None,
        secrets: list[Secret] | None = None,
    ) -> Node:
        """The image that a Dockerfile describes, with this directory as its context."""
        build = Build(
            self._context,
            self.folder,
            origin=self._origin_with(),
            file=dockerfile,
            platform=platforms.checked(platform) if platform else platforms.default(),
            target=target,
            arguments={argument["name"]: argument["value"] for argument in build_args or []},
            secrets=secrets or [],
        )
        return self._context.container(self._context, build)


class File(Node):
    """One file of a directory."""

    def __init__(self, root: Once[Path], path: str) -> None:
        self._root = root
        self._path = path

    @property
    def name(self) -> str:
        """The last part of its path."""
        return PurePosixPath(self._path).name

    async def sync(self) -> str:
        """Make it now."""
        await self._find()
        return self.id

    async def contents(self) -> str:
        """Its text."""
        return (await self._find()).read_text(errors="replace")

    async def size(self) -> int:
        """Its length in bytes."""
        return (await self._find()).stat().st_size

    @every_time
    async def export(self, path: str, allow_parent_dir_path: bool) -> str:
        """Copy this file to a path of the machine, or with ``allow_parent_dir_path`` into the folder there."""
        into = allow_parent_dir_path and await anyio.Path(path).is_dir()
        target = anyio.Path(path, self.name) if into else anyio.Path(path)
        await target.parent.mkdir(parents=True, exist_ok=True)
        await anyio.to_thread.run_sync(shutil.copy2, await self._find(), target)
        return str(target)

    async def _find(self) -> Path:
        file = tree.inside(await self._root(), self._path)
        if not file.is_file():
            raise Failure(f"{self._path.lstrip('/')}: not a regular file" if file.exists() else _absent(self._path))
        return file


def empty(context: Context) -> Directory:
    """A directory with nothing in it."""

    async def create() -> Path:
        return context.workspace.fresh("tree")

    return Directory(context, Once(create))


def _absent(path: str) -> str:
    return f"{path.lstrip('/')}: no such file or directory"


def _joined(base: str, path: str) -> str:
    return str(PurePosixPath(base) / path.lstrip("/"))


def _copy(source: Path, copy: Path) -> None:
    """A copy that shares its files with the original."""
    shutil.copytree(source, copy, symlinks=True, copy_function=os.link, dirs_exist_ok=True)


def _write(source: Path, copy: Path, path: str, contents: str, permissions: int) -> None:
    _copy(source, copy)
    file = tree.inside(copy, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    # The copy shares its files with the original: replace, never write into.
    file.unlink(missing_ok=True)
    file.write_text(contents)
    file.chmod(permissions)


def _digest(folder: Path) -> str:
    state = sha256()
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        state.update(f"{path.relative_to(folder)}\0{mode:o}\0".encode())
        if path.is_symlink():
            state.update(str(path.readlink()).encode())
        elif stat.S_ISREG(mode):
            state.update(sha256(path.read_bytes()).digest())
    return f"sha256:{state.hexdigest()}"
