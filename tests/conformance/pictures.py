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

EMPTY = sha256().hexdigest()
MOUNT_POINTS = ("dev", "etc/hostname", "etc/hosts", "etc/resolv.conf", "proc", "run", "sys")
"""Where a RUN has things mounted. buildah leaves these as empty files and folders in an image whose base has none."""


def picture(registry: Registry, name: str, reference: str, platform: str) -> Json:
    """Config and file tree of one platform; times and how layers are cut may differ between engines."""
    config = registry.config(name, reference, platform)
    run = {key: value for key, value in config["config"].items() if value not in (None, "", [], {}, "/")}
    # Which variable comes first says nothing.
    run["Env"] = dict(pair.split("=", 1) for pair in run.get("Env", []))
    return {
        "os": config["os"],
        "architecture": config["architecture"],
        "variant": config.get("variant") or "",
        "config": run,
        "tree": tree(registry, name, reference, platform),
    }


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """A line for each place where two values differ."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return [] if one == other else [f"{path}: {one!r} is not {other!r}"]
    keys = sorted(one.keys() | other.keys())
    return [line for key in keys for line in differences(one.get(key), other.get(key), f"{path} > {key}")]


def tree(registry: Registry, name: str, reference: str, platform: str) -> Tree:
    """Every path with its kind, mode, owner and content or target: the layers laid over each other."""
    manifest = registry.manifest(name, reference)
    if "manifests" in manifest:
        manifest = registry.manifest(name, registry.platforms(name, reference)[platform])
    found: Tree = {}
    for layer in manifest["layers"]:
        _lay(found, registry.blob(name, layer["digest"]))
    return {path: entry for path, entry in found.items() if path not in MOUNT_POINTS or not _is_empty(found, path)}


def _is_empty(found: Tree, path: str) -> bool:
    kind, *_, last = found[path]
    return last == EMPTY if kind == "file" else not any(other.startswith(f"{path}/") for other in found)


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
