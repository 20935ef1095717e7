"""Whether another run on this machine lives: told by a lock, which no kill leaves behind."""

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.runtime import alive

PLACE = "acme/unkey vault/v0.4.0"

RUN = """\
import sys
from pipeline.runtime import alive
with alive.shown(sys.argv[1]) as life:
    print(life.run, life.machine, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own in place of ``/tmp``."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@contextmanager
def other_run() -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Another process that shows its life: the process, the run's name, and its machine."""
    command = [sys.executable, "-c", RUN, PLACE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        run, machine = process.stdout.readline().split()
        yield process, run, machine
        process.kill()


def test_a_killed_run_is_dead_and_a_living_one_is_not() -> None:
    with other_run() as (process, run, machine):
        assert not alive.is_dead(PLACE, run, machine)
        process.kill()
        process.wait()
        assert alive.is_dead(PLACE, run, machine)


def test_nobody_can_tell_of_a_run_elsewhere(temporary: Path) -> None:
    with alive.shown(PLACE) as life:
        pass
    assert alive.is_dead(PLACE, life.run, life.machine)
    assert not alive.is_dead(PLACE, life.run, "another-boot")
    assert not alive.is_dead(PLACE, life.run, "")
    assert not alive.is_dead(PLACE, "never-seen-here", life.machine)


def test_a_run_that_is_over_leaves_nothing(temporary: Path) -> None:
    with alive.shown(PLACE) as life:
        life.over = True
    assert list(temporary.iterdir()) == []


def test_only_what_dead_runs_of_the_place_left_is_swept(temporary: Path) -> None:
    with alive.shown(PLACE), alive.shown("another place"), alive.shown(PLACE) as living:
        pass
    with alive.shown(PLACE) as living:
        alive.sweep(PLACE)
        left = sorted(path.name for path in temporary.iterdir())
        assert len(left) == 2
        assert any(living.run in name for name in left)


def test_what_cannot_be_swept_stays(temporary: Path) -> None:
    with alive.shown(PLACE) as life:
        (left,) = temporary.iterdir()
    strange = left.with_name(left.name.replace(life.run, "folder"))
    strange.mkdir()
    alive.sweep(PLACE)
    assert list(temporary.iterdir()) == [strange]


def test_a_pipe_in_place_of_a_file_is_not_waited_for(temporary: Path) -> None:
    with alive.shown(PLACE):
        (left,) = temporary.iterdir()
    left.unlink()
    os.mkfifo(left)
    sweeping = threading.Thread(target=alive.sweep, args=[PLACE], daemon=True)
    sweeping.start()
    sweeping.join(5)
    assert list(temporary.iterdir()) == []


def test_a_life_that_is_swept_before_it_is_held_is_shown_anew(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = fcntl.flock
    swept: list[Path] = []

    def sweep_first(file: int, operation: int) -> None:
        if not swept:
            (path,) = temporary.iterdir()
            swept.append(path)
            path.unlink()
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    with alive.shown(PLACE) as life:
        assert list(temporary.iterdir()) == swept
        assert not alive.is_dead(PLACE, life.run, life.machine)
