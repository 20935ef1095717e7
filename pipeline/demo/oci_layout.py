"""OCI image layouts in plain Python: the same files always make the same digests.

Source: the OCI image format specification, ``image-layout.md``, ``image-index.md``, ``manifest.md`` and ``layer.md``.
"""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MEDIA = "application/vnd.oci.image"
CREATED = "2024-01-01T00:00:00Z"

Descriptor = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of a layer: a folder without content and target, else a file or a symbolic link."""

    path: str
    content: bytes | None = None
    target: str | None = None
    mode: int = 0o755


@dataclass(frozen=True, slots=True)
class Image:
    """One platform's image: a single layer and what the configuration says about running it."""

    architecture: str
    entries: Sequence[Entry]
    run: dict[str, Any] = field(default_factory=dict)


def write_layout(folder: Path, tag: str, images: Sequence[Image]) -> str:
    """Write an OCI layout with one index of ``images``, named ``tag``; returns the index's digest."""
    blobs = _Blobs(folder / "blobs" / "sha256")
    manifests = [_write_image(blobs, image) for image in images]
    index = blobs.write_json(
        f"{MEDIA}.index.v1+json",
        {"schemaVersion": 2, "mediaType": f"{MEDIA}.index.v1+json", "manifests": manifests},
    )
    named = {**index, "annotations": {"org.opencontainers.image.ref.name": tag}}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return str(index["digest"])


class _Blobs:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True)

    def write(self, media_type: str, content: bytes) -> Descriptor:
        digest = hashlib.sha256(content).hexdigest()
        (self._folder / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def write_json(self, media_type: str, value: object) -> Descriptor:
        return self.write(media_type, json.dumps(value, separators=(",", ":")).encode())


def _write_image(blobs: _Blobs, image: Image) -> Descriptor:
    layer = _tar(image.entries)
    platform = {"os": "linux", "architecture": image.architecture}
    config = {
        "created": CREATED,
        **platform,
        "config": image.run,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
        "history": [{"created": CREATED, "created_by": "base"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{MEDIA}.manifest.v1+json",
        "config": blobs.write_json(f"{MEDIA}.config.v1+json", config),
        "layers": [blobs.write(f"{MEDIA}.layer.v1.tar+gzip", gzip.compress(layer, compresslevel=1, mtime=0))],
    }
    return {**blobs.write_json(f"{MEDIA}.manifest.v1+json", manifest), "platform": platform}


def _tar(entries: Sequence[Entry]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in sorted(entries, key=lambda entry: entry.path):
            archive.addfile(_header(entry), io.BytesIO(entry.content or b""))
    return buffer.getvalue()


def _header(entry: Entry) -> tarfile.TarInfo:
    header = tarfile.TarInfo(entry.path)
    header.mode = entry.mode
    header.type = tarfile.DIRTYPE
    if entry.target is not None:
        header.type, header.linkname = tarfile.SYMTYPE, entry.target
    elif entry.content is not None:
        header.type, header.size = tarfile.REGTYPE, len(entry.content)
    return header
