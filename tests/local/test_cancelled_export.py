"""What is exported to a folder that goes as soon as nobody waits for it any more."""

import time
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import anyio.to_thread
import pytest
from dagger import dag

from pipeline import commit_object
from tests.local.conftest import Connect

pytestmark = pytest.mark.anyio

COMMIT = "5" * 40


async def test_a_reading_that_is_cancelled_leaves_no_folder(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, begun = Path.mkdir, Event()

    def make_slowly(folder: Path, *arguments: Any, **options: Any) -> None:
        if folder.is_relative_to(tmp_path):
            begun.set()
            # As on a machine that is busy.
            time.sleep(0.2)
        make(folder, *arguments, **options)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(Path, "mkdir", make_slowly)
    async with connect():
        git_dir = dag.directory().with_new_file(f"objects/{COMMIT[:2]}/{COMMIT[2:]}", "no object")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(commit_object.read, git_dir, COMMIT)
            await anyio.to_thread.run_sync(begun.wait)
            tasks.cancel_scope.cancel()
    assert list(tmp_path.glob("*")) == []
