"""Images that are kept from one session to the next, and those of them that are not whole."""

import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.local import kept, oci
from pipeline.local.cache import discard, entries
from pipeline.local.workspace import Workspace

NAME = "0" * 64
CONTENT = b"a layer of an image" * 1000
CONFIG = b'{"os":"linux"}'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "session").mkdir()
    return Workspace(tmp_path, tmp_path / "session")


def layout(workspace: Workspace) -> Path:
    folder = oci.create(workspace.fresh("build") / "layout")
    layers = [{"mediaType": oci.LAYER, **oci.put(folder, CONTENT)}]
    config = {"mediaType": oci.CONFIG, **oci.put(folder, CONFIG)}
    manifest = oci.put(folder, oci.encode({"schemaVersion": 2, "config": config, "layers": layers}))
    (folder / "index.json").write_bytes(oci.encode({"schemaVersion": 2, "manifests": [manifest]}))
    return folder


def test_what_is_kept_is_found(workspace: Workspace) -> None:
    assert kept.find(workspace, NAME) is None
    there = kept.keep(workspace, NAME, layout(workspace))
    assert there == kept.find(workspace, NAME) == workspace.builds / NAME
    assert stat.S_IMODE(workspace.builds.stat().st_mode) == 0o700


def test_the_first_of_two_is_kept(workspace: Workspace) -> None:
    first = kept.keep(workspace, NAME, layout(workspace))
    late = layout(workspace)
    assert kept.keep(workspace, NAME, late) == late != first
    assert oci.read(late) != oci.read(first)
    assert oci.read(late).manifest == oci.read(first).manifest


def test_an_image_is_there_although_nothing_can_be_kept(workspace: Workspace) -> None:
    workspace.builds.write_text("in the way")
    made = layout(workspace)
    assert kept.keep(workspace, NAME, made) == made
    assert oci.read(made).config == {"os": "linux"}


def _blob(content: bytes) -> Callable[[Path], Path]:
    return lambda folder: oci.blob_path(folder, oci.digest_of(content))


def _manifest(folder: Path) -> Path:
    return max(
        (path for path in folder.glob("blobs/sha256/*") if path.stat().st_size < 1000), key=lambda p: p.stat().st_size
    )


@pytest.mark.parametrize("part", [_blob(CONTENT), _blob(CONFIG), _manifest, lambda folder: folder / "index.json"],
                         ids=["layer", "config", "manifest", "index"])  # fmt: skip
@pytest.mark.parametrize("left", [None, b"", b"{}", b"[]", bytes(5)], ids=["gone", "empty", "{}", "[]", "zeros"])
def test_what_is_not_whole_is_removed(workspace: Workspace, part: Callable[[Path], Path], left: bytes | None) -> None:
    there = kept.keep(workspace, NAME, layout(workspace))
    damaged = part(there)
    damaged.unlink()
    if left is not None:
        damaged.write_bytes(left)
    assert kept.find(workspace, NAME) is None
    assert not there.exists()
    assert kept.keep(workspace, NAME, layout(workspace)) == there


def test_a_build_that_nobody_uses_goes(workspace: Workspace) -> None:
    before = time.time() - 1
    kept.keep(workspace, NAME, layout(workspace))
    [entry] = entries(workspace.cache)
    assert (entry.kind, entry.folder.name) == ("builds", NAME)
    assert entry.used > before
    assert entry.size > len(CONTENT)
    discard(workspace.cache, [entry], within=60)
    assert entries(workspace.cache) == []
