"""Base images without a network, and running them."""

import hashlib
import json
from pathlib import Path

import pytest

from pipeline import process
from pipeline.demo.images import push_base_image, run_image
from pipeline.demo.oci_layout import Entry, Image, write_layout
from pipeline.demo.registry import Registry
from tests.conftest import LOGIN, need


def test_a_base_image_is_the_same_every_time(registry: Registry, namespace: str) -> None:
    need("skopeo", "busybox")
    assert push_base_image(registry.address, namespace, "one") == f"{registry.address}/{namespace}:one"
    push_base_image(registry.address, namespace, "two")
    assert registry.digest(namespace, "one") == registry.digest(namespace, "two")


def test_every_blob_of_a_layout_is_named_by_its_digest(tmp_path: Path) -> None:
    images = [Image(architecture, [Entry("bin"), Entry("bin/x", b"x")], {}) for architecture in ("amd64", "arm64")]
    index = write_layout(tmp_path, "1", images)
    blobs = {path.name: path.read_bytes() for path in tmp_path.glob("blobs/sha256/*")}
    assert {hashlib.sha256(content).hexdigest() for content in blobs.values()} == set(blobs)
    platforms = [entry["platform"] for entry in json.loads(blobs[index.removeprefix("sha256:")])["manifests"]]
    assert platforms == [{"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "arm64"}]


def test_a_layout_does_not_depend_on_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [Image("amd64", [Entry("bin/x", b"x")])]
    now = write_layout(tmp_path / "now", "1", images)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert write_layout(tmp_path / "later", "1", images) == now


def test_run(base_image: str) -> None:
    need("buildah")
    assert run_image(base_image, ["/bin/echo", "a b", "$HOME;"]) == "a b $HOME;"


def test_run_behind_a_login(registry_with_login: Registry, namespace: str) -> None:
    need("buildah", "skopeo", "busybox")
    reference = push_base_image(registry_with_login.address, namespace, creds=LOGIN)
    assert run_image(reference, ["/bin/sh", "-c", "echo $PATH"], creds=LOGIN) == "/usr/local/bin:/bin"
    with pytest.raises(process.ProgramFailed):
        run_image(reference, ["/bin/true"])


def test_a_program_that_fails_is_an_error(base_image: str) -> None:
    need("buildah")
    with pytest.raises(process.ProgramFailed):
        run_image(base_image, ["/bin/false"])
