"""``--output``: the path that a verb's answer is written to instead of standard output."""

import os
from pathlib import Path

from pipeline.cli.table import Command
from pipeline.errors import BadFlag, shown


def check(command: Command, output: str | None) -> None:
    """Raise `BadFlag` where the answer could not be written: it is too late to know that when a release is made."""
    if output is None:
        return
    try:
        problem = _problem(Path(output), folder=command.result == "directory")
    except OSError as error:
        problem = error.strerror
    if problem:
        raise BadFlag(
            f"--output {shown(output, limit=200)} cannot be written: {problem}.", next="Choose another --output."
        )


def written(command: Command, output: str | None, text: str) -> str:
    """What is left to tell of an answer: the path that it was written to, or the answer itself.

    Files and folders are written by the session that has them, and their answer says so. Raises `OSError`.
    """
    if output is None or command.result in ("directory", "file"):
        return text
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text(f"{text.rstrip()}\n", encoding="utf-8")
    return output


def _problem(path: Path, *, folder: bool) -> str | None:
    """What keeps a file, or a folder, from being written at a path; nothing is made to find that out."""
    if path.exists() and path.is_dir() != folder:
        return "it is a folder" if path.is_dir() else "it is a file"
    there = next(parent for parent in (path, *path.parents) if parent.exists())
    if there != path and not there.is_dir():
        return f"{there} is no folder"
    return None if os.access(there, os.W_OK) else f"{there} may not be written to"
