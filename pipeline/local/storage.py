"""What is in buildah's storage, read from its own lists (https://github.com/containers/storage)."""

import json
import re
from pathlib import Path
from typing import Any

DRIVERS = ("overlay", "vfs")
"""How buildah may keep its storage; its lists are in folders of these names."""


def images(storage: Path) -> dict[str, str]:
    """The IDs of images by each of their names."""
    return {name: image["id"] for image in _listed(storage, "images") for name in image.get("names") or []}


def unnamed(storage: Path) -> list[str]:
    """The IDs of images without a name: the steps of builds that made a layer of each."""
    return [image["id"] for image in _listed(storage, "images") if not image.get("names")]


def containers(storage: Path) -> list[str]:
    """The IDs of the working containers that a storage has, whether or not buildah knows of them."""
    return [container["id"] for container in _listed(storage, "containers")]


def mounts(storage: Path) -> list[str]:
    """What is mounted in a storage, the last one first (proc(5): /proc/pid/mounts)."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    points = [re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), line.split(" ")[1]) for line in lines]
    inside = storage.resolve()
    return [point for point in reversed(points) if Path(point).is_relative_to(inside)]


def _listed(storage: Path, what: str) -> list[Any]:
    """What the storage says it has (https://github.com/containers/storage), whichever driver keeps it.

    Newer ones list apart what need not outlive the machine, such as working containers.
    """
    lists = [
        storage / f"{driver}-{what}" / name for driver in DRIVERS for name in (f"{what}.json", f"volatile-{what}.json")
    ]
    return [entry for path in lists if path.exists() for entry in json.loads(path.read_text() or "[]")]
