"""What commands are given: directories, of which each gets a copy, caches that stay, and secrets."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath

import anyio.to_thread

from pipeline.local.context import Context
from pipeline.local.directory import Directory
from pipeline.local.graph import Node
from pipeline.local.secret import Secret

SPECIAL = ":,\\"
"""What a path may not have in it for buildah-run(1) ``--volume``."""


class CacheVolume(Node):
    """A folder by name, for all sessions of this machine."""

    def __init__(self, context: Context, key: str) -> None:
        self._folder = context.workspace.cache / "volumes" / sha256(key.encode()).hexdigest()[:32]

    def folder(self) -> Path:
        """The folder itself."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder


@dataclass(frozen=True, slots=True)
class Mounts:
    """What is mounted, by path in the container, and the secrets that are variables, by name."""

    directories: Mapping[str, Directory] = field(default_factory=dict)
    caches: Mapping[str, CacheVolume] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)

    def with_directory(self, path: str, directory: Directory) -> "Mounts":
        """These and one more directory."""
        return replace(self, directories={**self.directories, _absolute(path): directory})

    def with_cache(self, path: str, cache: CacheVolume) -> "Mounts":
        """These and one more cache."""
        return replace(self, caches={**self.caches, _absolute(path): cache})

    def with_secret(self, name: str, secret: Secret) -> "Mounts":
        """These and one more secret."""
        return replace(self, secrets={**self.secrets, name: secret})

    def directory(self, path: str) -> Directory | None:
        """The folder at a path, if it is in a mounted directory."""
        wanted = PurePosixPath(_absolute(path))
        holding = [mounted for mounted in self.directories if wanted.is_relative_to(mounted)]
        if not holding:
            return None
        nearest = max(holding, key=len)
        return self.directories[nearest].directory(str(wanted.relative_to(nearest)))

    async def copied_to(self, folder: Path) -> dict[str, Path]:
        """The host folder behind every mount: a copy below ``folder`` of a directory, a cache itself."""
        folders = {path: cache.folder() for path, cache in self.caches.items()}
        for number, (path, directory) in enumerate(self.directories.items()):
            folders[path] = folder / str(number)
            copy = partial(shutil.copytree, await directory.folder(), folders[path], symlinks=True)
            await anyio.to_thread.run_sync(copy)
        return folders


@contextmanager
def volumes(folders: Mapping[str, Path]) -> Iterator[list[str]]:
    """The buildah arguments that mount these folders, valid inside the context."""
    with tempfile.TemporaryDirectory(prefix="pipeline-mounts-") as links:
        arguments = []
        for number, path in enumerate(sorted(folders)):
            source = folders[path]
            if any(character in str(source) for character in SPECIAL):
                source = Path(links, str(number))
                source.symlink_to(folders[path])
            arguments.append(f"--volume={source}:{path}:rw")
        yield arguments


def _absolute(path: str) -> str:
    return str(PurePosixPath("/") / path)
