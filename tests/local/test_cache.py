"""What is kept on a machine goes when it is unused or too much, and never while a session lives."""

import os
import subprocess
import sys
import time
from pathlib import Path

import dagger
import pytest
from dagger import dag

from pipeline.local.cache import Entry, InUse, chosen, discard, entries, has_leftovers
from pipeline.local.storage import containers, images
from pipeline.local.workspace import locked, locked_soon, workspace
from tests.conftest import need
from tests.local.conftest import Connect
from tests.local.test_workspace import BUILD_AND_WAIT, wait_until_gone

NOW = time.time()
DAY = 86400.0


def entry(name: str, size: int, days: float) -> Entry:
    return Entry("git", Path(name), size, NOW - days * DAY)


@pytest.mark.parametrize(
    ("keep", "days", "going"),
    [
        (100, 30, []),
        (100, 5, ["old"]),
        (29, 30, ["old"]),
        (15, 30, ["old", "middle"]),
        (0, 30, ["old", "middle", "new"]),
        (15, 5, ["old", "middle"]),
    ],
)
def test_what_is_unused_goes_and_of_too_much_the_least_recently_used(
    keep: float, days: float, going: list[str]
) -> None:
    kept = [entry("new", 10, 0), entry("old", 10, 10), entry("middle", 10, 3)]
    assert [one.folder.name for one in chosen(kept, keep=keep, since=NOW - days * DAY)] == going


def filled(cache: Path) -> Path:
    for name in ("git/one/trees.git", "git/two/trees.git", "volumes/three"):
        folder = cache / name
        folder.mkdir(parents=True)
        folder.joinpath("file").write_bytes(b"x" * 100_000)
    return cache


def test_only_what_is_chosen_goes(tmp_path: Path) -> None:
    kept = entries(filled(tmp_path))
    assert [(one.kind, one.folder.name) for one in kept] == [("git", "one"), ("git", "two"), ("volumes", "three")]
    assert all(100_000 <= one.size <= 120_000 for one in kept)
    discard(tmp_path, kept[1:], within=60)
    assert [one.folder.name for one in entries(tmp_path)] == ["one"]
    assert not tmp_path.joinpath("trash").exists()


def test_what_a_call_did_not_come_to_remove_goes_with_the_next(tmp_path: Path) -> None:
    left = tmp_path / "trash" / "left"
    left.mkdir(parents=True)
    discard(tmp_path, [], within=60)
    assert not left.exists()


def test_nothing_goes_while_a_session_lives(tmp_path: Path) -> None:
    kept = entries(filled(tmp_path))
    with workspace(tmp_path), pytest.raises(InUse):
        discard(tmp_path, kept, within=60)
    with locked(tmp_path / "storage.lock", shared=True), pytest.raises(InUse):
        discard(tmp_path, kept, within=60)
    with locked(tmp_path / "sessions.lock"), pytest.raises(InUse):
        discard(tmp_path, kept, within=60)
    assert entries(tmp_path) == kept
    discard(tmp_path, kept, within=60)
    assert not entries(tmp_path)


def test_a_killed_session_does_not_keep_anything(tmp_path: Path) -> None:
    kept = entries(filled(tmp_path / "cache"))
    (tmp_path / "cache" / "sessions" / "killed").mkdir(parents=True)
    (tmp_path / "cache" / "sessions" / "killed" / "lock").touch()
    discard(tmp_path / "cache", kept, within=60)
    assert not entries(tmp_path / "cache")


def test_nothing_outside_of_the_cache_goes(tmp_path: Path) -> None:
    cache, outside = tmp_path / "cache", tmp_path / "outside"
    outside.mkdir()
    outside.joinpath("file").touch()
    filled(cache).joinpath("git", "link").symlink_to(outside)
    cache.joinpath("git", "one", "link").symlink_to(outside)
    discard(cache, entries(cache), within=60)
    assert outside.joinpath("file").exists()


@pytest.mark.anyio
async def test_a_use_is_noted(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    lock = cache / "git" / "one" / "trees.lock"
    lock.touch()
    for path in (lock, *(cache / "git").iterdir()):
        os.utime(path, (NOW - 9 * DAY, NOW - 9 * DAY))
    assert {one.used < NOW - 8 * DAY for one in entries(cache) if one.kind == "git"} == {True}
    async with locked_soon(lock, within=60):
        pass
    assert [one.folder.name for one in entries(cache) if one.used > NOW - DAY and one.kind == "git"] == ["one"]


def test_images_go_that_a_killed_session_used(base_image: str, tmp_path: Path) -> None:
    need("buildah", "skopeo")
    argv = [sys.executable, "-c", BUILD_AND_WAIT, str(tmp_path), base_image]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        assert any(line.endswith("started\n") for line in killed.stdout)
        killed.kill()
    wait_until_gone("sleep 302")
    for note in tmp_path.glob("storage/*-containers/*/userdata/buildah.json"):
        note.unlink()
    assert containers(tmp_path / "storage")
    discard(tmp_path, entries(tmp_path), within=60)
    assert not containers(tmp_path / "storage")
    assert sum(one.size for one in entries(tmp_path)) < 100_000


@pytest.mark.anyio
async def test_the_steps_of_builds_go_and_what_they_start_from_stays(
    connect: Connect, base_image: str, tmp_path: Path
) -> None:
    need("buildah", "skopeo")
    async with connect(tmp_path):
        steps = f"FROM {base_image}\nRUN echo built > /built\nRUN echo again > /again\n"
        await dag.directory().with_new_file("Dockerfile", steps).docker_build().sync()
    assert has_leftovers(tmp_path)
    named = images(tmp_path / "storage")
    discard(tmp_path, [], within=60)
    assert not has_leftovers(tmp_path)
    assert images(tmp_path / "storage") == named != {}


@pytest.mark.anyio
async def test_images_go_and_come_again(connect: Connect, base_image: str, tmp_path: Path) -> None:
    need("buildah", "skopeo")

    async def build() -> None:
        async with connect(tmp_path):
            dockerfile = f"FROM {base_image}\nRUN echo built > /built\n"
            container: dagger.Container = dag.directory().with_new_file("Dockerfile", dockerfile).docker_build()
            await container.sync()

    await build()
    (stored,) = (one for one in entries(tmp_path) if one.kind == "images")
    assert stored.size > 100_000
    discard(tmp_path, [stored], within=60)
    (empty,) = (one for one in entries(tmp_path) if one.kind == "images")
    assert empty.size < 100_000
    await build()
    (again,) = (one for one in entries(tmp_path) if one.kind == "images")
    assert again.size > 100_000
