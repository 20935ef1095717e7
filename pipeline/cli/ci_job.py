"""The CI run that works on a tag right now, where the ``depot`` command is installed
(https://depot.dev/docs/cli/reference/depot-ci).
"""

import shutil
from typing import Any

import msgspec
from msgspec import Struct

from pipeline import process
from pipeline.tag import Tag

TIMEOUT = 10.0
"""Seconds that the answer may take: it is told beside the confirmation, which does not depend on it."""


class Run(Struct, frozen=True, kw_only=True):
    """One run as ``depot ci run list --output json`` lists it."""

    run_id: str
    status: str
    ref: str = ""


def running(repository: str, tag: Tag) -> list[Run]:
    """The queued and running CI runs of a tag; none where there is no ``depot``, or no answer from it."""
    if shutil.which("depot") is None:
        return []
    try:
        listed = process.run_sync(
            ["depot", "ci", "run", "list", "--repo", repository, "--output", "json"], timeout=TIMEOUT
        )
        found = msgspec.convert(msgspec.json.decode(listed.stdout or b"[]"), list[dict[str, Any]] | None) or []
        runs = [msgspec.convert(run, Run) for run in found]
    except (process.ProcessError, msgspec.MsgspecError):
        return []
    return [run for run in runs if run.ref in (tag.ref, tag.name)]


def told(runs: list[Run]) -> list[str]:
    """A line per run, with the call that shows more."""
    return [f"CI: run {run.run_id} is {run.status}; see depot ci status {run.run_id}" for run in runs]
