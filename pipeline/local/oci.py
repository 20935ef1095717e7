"""OCI image layouts on the disk: reading one, changing an image's config, and making an index of several.

https://github.com/opencontainers/image-spec: image-layout.md, manifest.md, image-index.md, config.md.
"""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

Json = dict[str, Any]

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"

REF_NAME = "org.opencontainers.image.ref.name"


@dataclass(frozen=True, slots=True)
class Image:
    """One image, for one platform, in a layout."""

    layout: Path
    manifest: Json
    config: Json


def encode(value: object) -> bytes:
    """JSON as it is stored: compact, and the same bytes for the same value."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(content: bytes) -> str:
    """The digest of a blob."""
    return f"sha256:{sha256(content).hexdigest()}"


def blob_path(layout: Path, digest: str) -> Path:
    """Where a layout has a blob."""
    return layout / "blobs" / Path(*digest.split(":"))


def read(layout: Path) -> Image:
    """The only image of a layout."""
    index = json.loads((layout / "index.json").read_text())
    manifest = _json(layout, index["manifests"][0]["digest"])
    return Image(layout, manifest, _json(layout, manifest["config"]["digest"]))


def create(layout: Path) -> Path:
    """An empty layout."""
    (layout / "blobs/sha256").mkdir(parents=True)
    (layout / "oci-layout").write_bytes(encode({"imageLayoutVersion": "1.0.0"}))
    return layout


def write_index(layout: Path, images: Iterable[tuple[Image, Mapping[str, str]]], tag: str) -> str:
    """Fill an empty layout with one index of these images, each with its platform; gives the index's digest."""
    entries = [_entry(layout, image, platform) for image, platform in images]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    return _name(layout, {"mediaType": INDEX, **put(layout, encode(index))}, tag)


def write_image(layout: Path, image: Image, tag: str) -> str:
    """Fill an empty layout with one image; gives its manifest's digest."""
    return _name(layout, _put_image(layout, image), tag)


def put(layout: Path, content: bytes) -> Json:
    """Store a blob; gives its digest and size for a descriptor."""
    digest = digest_of(content)
    blob_path(layout, digest).write_bytes(content)
    return {"digest": digest, "size": len(content)}


def _entry(layout: Path, image: Image, platform: Mapping[str, str]) -> Json:
    """What an index says of an image: its annotations too, as the Dagger engine has it."""
    annotations = image.manifest.get("annotations")
    extra = {"annotations": annotations} if annotations else {}
    return {**_put_image(layout, image), **extra, "platform": dict(platform)}


def _put_image(layout: Path, image: Image) -> Json:
    for layer in image.manifest["layers"]:
        _link(blob_path(image.layout, layer["digest"]), blob_path(layout, layer["digest"]))
    config = {"mediaType": CONFIG, **put(layout, encode(image.config))}
    manifest = {**image.manifest, "config": config}
    return {"mediaType": MANIFEST, **put(layout, encode(manifest))}


def _name(layout: Path, descriptor: Json, tag: str) -> str:
    named = {**descriptor, "annotations": {REF_NAME: tag}}
    (layout / "index.json").write_bytes(encode({"schemaVersion": 2, "manifests": [named]}))
    return str(descriptor["digest"])


def _link(source: Path, target: Path) -> None:
    with suppress(FileExistsError):
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)


def _json(layout: Path, digest: str) -> Json:
    return cast("Json", json.loads(blob_path(layout, digest).read_bytes()))
