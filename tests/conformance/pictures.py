"""An image as far as two engines have to agree on it."""

import gzip
import io
import stat
import tarfile
from hashlib import sha256
from typing import Any

from pipeline.demo.registry import Registry

Json = dict[str, Any]
Tree = dict[str, tuple[str, ...]]


def picture(registry: Registry, name: str, reference: str, platform: str) -> Json:
    """Config and file tree of one platform; times and how layers are cut may differ between engines."""
    config = registry.config(name, reference, platform)
    return {
        "os": config["os"],
        "architecture": config["architecture"],
        "variant": config.get("variant") or "",
        "config": {key: value for key, value in config["config"].items() if value not in (None, "", [], {}, "/")},
        "tree": tree(registry, name, reference, platform),
    }


def tree(registry: Registry, name: str, reference: str, platform: str) -> Tree:
    """Every path with its kind, mode, owner and content or target: the layers laid over each other."""
    manifest = registry.manifest(name, reference)
    if "manifests" in manifest:
        manifest = registry.manifest(name, registry.platforms(name, reference)[platform])
    found: Tree = {}
    for layer in manifest["layers"]:
        _lay(found, registry.blob(name, layer["digest"]))
    return found


def _lay(found: Tree, blob: bytes) -> None:
    """Apply one layer as image-spec, "layer.md", says."""
    content = gzip.decompress(blob) if blob[:2] == b"\x1f\x8b" else blob
    with tarfile.open(fileobj=io.BytesIO(content)) as layer:
        for member in layer:
            path = member.name.removeprefix("./").strip("/")
            folder, _, base = path.rpartition("/")
            if base == ".wh..wh..opq":
                _remove(found, folder, keep=True)
            elif base.startswith(".wh."):
                _remove(found, f"{folder}/{base.removeprefix('.wh.')}".lstrip("/"))
            elif path and path != ".":
                found[path] = _entry(layer, member, found)


def _entry(layer: tarfile.TarFile, member: tarfile.TarInfo, found: Tree) -> tuple[str, ...]:
    owner = f"{member.uid}:{member.gid}"
    mode = f"{stat.S_IMODE(member.mode):o}"
    if member.issym():
        return ("link", member.linkname)
    if member.islnk():
        return found[member.linkname.removeprefix("./").strip("/")]
    if member.isdir():
        return ("folder", mode, owner)
    content = layer.extractfile(member)
    return ("file", mode, owner, sha256(content.read() if content else b"").hexdigest())


def _remove(found: Tree, path: str, *, keep: bool = False) -> None:
    for known in [known for known in found if known.startswith(f"{path}/") or (known == path and not keep)]:
        del found[known]
