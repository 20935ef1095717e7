"""A commit as git stores it, found in a checkout's git directory: no field of the Dagger API has what is in it."""

from collections.abc import Sequence
from pathlib import Path

import anyio
import dagger

from pipeline.runtime import limits, scratch


async def read(git_dir: dagger.Directory, commit: str) -> bytes | None:
    """The commit's content, from a loose object or else from a pack; None where it is in neither."""
    with scratch.folder() as folder:
        for pattern in (f"objects/{commit[:2]}/{commit[2:]}", "objects/pack/*.pack"):
            raw = await _first(git_dir, await git_dir.glob(pattern), commit, folder)
            if raw is not None:
                return raw
    return None


async def _first(git_dir: dagger.Directory, names: Sequence[str], commit: str, folder: Path) -> bytes | None:
    for name in names:
        copy = folder / name.rpartition("/")[2]
        path = await scratch.copied(git_dir.file(name), copy, within=limits.current().git_fetch)
        raw = await anyio.to_thread.run_sync(_commit_in, path, commit)
        if raw is not None:
            return raw
    return None


def _commit_in(path: str, commit: str) -> bytes | None:
    """The commit's content in a loose object or a pack (https://git-scm.com/docs/gitformat-pack)."""
    from dulwich.object_format import SHA1, SHA256
    from dulwich.objects import ShaFile
    from dulwich.pack import PackData

    object_format = SHA1 if len(commit) == SHA1.hex_length else SHA256
    if not path.endswith(".pack"):
        return ShaFile.from_path(path, object_format=object_format).as_raw_string()
    with PackData(path, object_format) as pack:
        for entry in pack.iter_unpacked():
            if entry.pack_type_num == 1 and entry.sha().hex() == commit:
                return b"".join(entry.obj_chunks or [])
    return None
