"""A Dockerfile that is not in its context: put there, because a Dagger engine takes it from nowhere else."""

import re
from functools import partial
from pathlib import PurePosixPath

import dagger

from pipeline.runtime.session import Explain, read


async def bring(
    tree: dagger.Directory, context: PurePosixPath, dockerfile: PurePosixPath, text: str, *, explain: Explain
) -> tuple[dagger.Directory, str]:
    """The context with the Dockerfile in it, and the Dockerfile's name there; ``text`` is what it says.

    The file beside it, which keeps others out of the context, goes before the context's own
    (https://docs.docker.com/build/concepts/context/#filename-and-location), and comes along with it.
    """
    name = f".{dockerfile.name}.pipeline"
    ignore = f"{name}.dockerignore"
    patterns = await _ignored(tree, [f"{dockerfile}.dockerignore", str(context / ".dockerignore")], explain=explain)
    folder = tree.directory(str(context)).with_new_file(name, text)
    return folder.with_new_file(ignore, _with(patterns, name, ignore)), name


async def _ignored(tree: dagger.Directory, paths: list[str], *, explain: Explain) -> str:
    """What the first of these files says that is there; nothing when none is."""
    for path in paths:
        if await read(partial(tree.exists, path), explain=explain):
            return await read(tree.file(path).contents, explain=explain)
    return ""


def _with(patterns: str, *names: str) -> str:
    """Patterns that leave out these files of the context's root too, whatever came before: the last match counts
    (https://docs.docker.com/build/concepts/context/#syntax).
    """
    escaped = [re.sub(r"([\\*?\[\]])", r"\\\1", name) for name in names]
    return "\n".join([patterns.rstrip("\n"), *escaped, ""])
