"""What a session leaves behind: nothing, also when it was killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dagger import dag

from pipeline import local, process
from pipeline.local.storage import mounts
from pipeline.local.workspace import default_cache, locked, locked_if_free, workspace
from tests.conftest import need
from tests.local.conftest import Connect

BUILD_AND_WAIT = """
import os, sys, anyio, dagger
from pathlib import Path
from dagger import dag
from pipeline import local

async def main():
    async with local.session(cache=Path(sys.argv[1]), on_output=lambda line: print(line, flush=True)) as endpoint:
        os.environ.update(DAGGER_SESSION_PORT=str(endpoint.port), DAGGER_SESSION_TOKEN=endpoint.token)
        async with dagger.connection():
            dockerfile = f"FROM {sys.argv[2]}\\nRUN echo started && sleep 302\\n"
            await dag.directory().with_new_file("Dockerfile", dockerfile).docker_build().sync()

anyio.run(main)
"""


def containers(cache: Path) -> list[object]:
    found: list[object] = []
    for listed in cache.glob("storage/*-containers/*containers.json"):
        found += json.loads(listed.read_text())
    return found


@pytest.mark.anyio
@pytest.mark.parametrize("noted", [True, False], ids=["noted by buildah", "killed before buildah noted it"])
async def test_a_killed_session_is_swept(connect: Connect, base_image: str, tmp_path: Path, *, noted: bool) -> None:
    need("buildah")
    argv = [sys.executable, "-c", BUILD_AND_WAIT, str(tmp_path), base_image]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        assert any(line.endswith("started\n") for line in killed.stdout)
        killed.send_signal(signal.SIGKILL)
    assert len(list((tmp_path / "sessions").iterdir())) == 1
    assert containers(tmp_path)
    wait_until_gone("sleep 302")
    if not noted:
        for note in tmp_path.glob("storage/*-containers/*/userdata/buildah.json"):
            note.unlink()
    async with connect(tmp_path):
        assert len(list((tmp_path / "sessions").iterdir())) == 1
        assert not containers(tmp_path)
    assert not list((tmp_path / "sessions").iterdir())


@pytest.mark.anyio
@pytest.mark.skipif(os.getuid() != 0, reason="without root, mounts go with the namespace that they are in")
async def test_what_killed_builds_left_mounted_is_taken_down(connect: Connect, tmp_path: Path) -> None:
    cache = tmp_path / "a cache"
    overlay = cache / "storage" / "overlay"
    overlay.mkdir(parents=True)
    for _ in range(2):
        process.run_sync(["mount", "--bind", str(overlay), str(overlay)])
    assert mounts(cache / "storage") == [str(overlay), str(overlay)]
    async with connect(cache):
        assert not mounts(cache / "storage")


@pytest.mark.anyio
async def test_another_session_leaves_containers_alone(connect: Connect, base_image: str, tmp_path: Path) -> None:
    need("buildah")
    async with connect(tmp_path):
        ran = dag.container().from_(base_image).with_exec(["sh", "-c", "echo made > /made"])
        await ran.sync()
        async with local.session(cache=tmp_path):
            pass
        assert len(containers(tmp_path)) == 1
        assert await ran.file("/made").contents() == "made\n"
    assert not containers(tmp_path)


@pytest.mark.parametrize(("told", "cache"), [("/var/c", "/var/c"), ("c", "/home/me/.cache"), ("", "/home/me/.cache")])
def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, told: str, cache: str) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", told)
    assert default_cache() == Path(cache, "pipeline")


def test_a_living_session_is_left_alone(tmp_path: Path) -> None:
    with workspace(tmp_path) as first, workspace(tmp_path) as second:
        assert first.session.is_dir()
        assert second.session.is_dir()
    assert not list((tmp_path / "sessions").iterdir())


def test_what_cannot_be_written_is_removed_too(tmp_path: Path) -> None:
    with workspace(tmp_path) as folders:
        closed = folders.fresh("tree") / "closed"
        closed.mkdir()
        (closed / "file").touch()
        (closed / "file").chmod(0o400)
        closed.chmod(0o500)
    assert not list((tmp_path / "sessions").iterdir())


def test_a_lock_is_free_or_not(tmp_path: Path) -> None:
    with locked(tmp_path / "lock", shared=True), locked_if_free(tmp_path / "lock") as free:
        assert not free
    with locked_if_free(tmp_path / "lock") as free:
        assert free


def wait_until_gone(command: str) -> None:
    wanted = command.replace(" ", "\0") + "\0"
    deadline = time.monotonic() + 10
    while any(wanted in text(path) for path in Path("/proc").glob("[0-9]*/cmdline")):
        assert time.monotonic() < deadline, f"{command} still runs"
        time.sleep(0.02)


def text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
