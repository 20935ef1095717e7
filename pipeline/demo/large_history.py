"""A repository as long and as heavy as a monorepo of many years, for measurements."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from pipeline import process
from pipeline.demo.fast_import import ISOLATED, Signature, Stream
from pipeline.demo.history import MAIN, START
from pipeline.demo.monorepo import Monorepo

MINUTE = 60
BATCH = 1000
FOLDERS = 40
"""Folders per level; a commit changes files two folders below one of five tops."""


def large_history(git_dir: Path, commits: int = 100_000, tags: Sequence[str] = ()) -> Monorepo:
    """Make a bare repository whose main has that many commits, with ``tags`` spread evenly along it.

    Every commit changes one to three files of 16,000, and thereby up to ten trees. The same arguments make
    the same ids. Raises `pipeline.process.ProcessError`.
    """
    monorepo = Monorepo.create_empty(git_dir)
    argv = ["git", f"--git-dir={git_dir}", "fast-import", "--quiet", "--done", "--depth=10"]
    importer = process.start_piped(argv, env=ISOLATED)
    with importer, cast("IO[bytes]", importer.stdin) as stdin:
        for stream in _batches(commits, tags):
            stdin.writelines(stream.chunks)
        stdin.write(b"done\n")
    if importer.returncode:
        raise process.ProgramFailed(process.Completed(tuple(argv), importer.returncode, b"", ""))
    return monorepo


def _batches(commits: int, tags: Sequence[str]) -> Iterator[Stream]:
    chance = random.Random(commits)  # noqa: S311 - the same numbers every time are the point
    tagged = {(place + 1) * commits // len(tags): tag for place, tag in enumerate(tags)}
    stream = Stream()
    for number in range(1, commits + 1):
        by = Signature(f"{chance.choice(('api', 'vault', 'krane'))} maintainer", START + number * MINUTE)
        files = {_path(chance): _content(chance) for _ in range(chance.choice((1, 1, 2, 3)))}
        mark = stream.commit(MAIN, by=by, message=f"feat: change {number} (#{number})", files=files)
        if number in tagged:
            stream.reset(f"refs/tags/{tagged[number]}", mark)
        if number % BATCH == 0:
            yield stream
            stream = Stream(marks=stream.marks)
    yield stream


def _path(chance: random.Random) -> str:
    top = chance.choice(("svc", "pkg", "web", "cli", "docs"))
    return f"{top}/{chance.randrange(FOLDERS):02}/{chance.randrange(FOLDERS):02}/file-{chance.randrange(2)}.txt"


def _content(chance: random.Random) -> bytes:
    """Make a few hundred bytes that compress about as badly as source text does."""
    return chance.randbytes(chance.randrange(100, 400)).hex().encode() + b"\n"
