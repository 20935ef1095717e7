"""Help, completion and the refusal of a bad tag answer at once, however slow the machine."""

import os
import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.cli.terminal import Terminal

LIMIT = 0.3
"""Seconds."""

TURNS = 5

CATALOGUE = 'repository = "acme/unkey"\nregistry = "ghcr.io/acme"\n[services.vault]\n'

COMPLETION = {"_PIPELINE_COMPLETE": "complete_bash", "COMP_WORDS": "pipeline rel", "COMP_CWORD": "1"}


def processor_seconds() -> float:
    """What all programs that this process started, and that ended, have used so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    "arguments", [("--help",), ("release", "--tag", "vault"), ()], ids=["help", "bad tag", "completion"]
)
def test_quick_answers(terminal: Terminal, arguments: Sequence[str]) -> None:
    """Processor time always counts; on a machine with others at work the clock also tells of them."""
    at = terminal if arguments else replace(terminal, variables=COMPLETION)
    terminal.folder.joinpath("services.toml").write_text(CATALOGUE)
    used, waited = [], []
    for _ in range(TURNS):
        before, started = processor_seconds(), time.perf_counter()
        ended = at.run(*arguments)
        waited.append(time.perf_counter() - started)
        used.append(processor_seconds() - before)
        assert ended.exit_code == (2 if "--tag" in arguments else 0)
    assert "release" in ended.said
    assert statistics.median(used) < LIMIT, f"{used} (clock: {waited})"
    if os.getloadavg()[0] < 1:
        assert statistics.median(waited) < LIMIT, f"{waited} (processor: {used})"
