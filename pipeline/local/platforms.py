"""Platforms such as ``linux/arm64/v8``, spelled and compared as containerd does it (``containerd/platforms``)."""

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.local.failure import Failure

MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm/v7", "armv6l": "arm/v6", "i686": "386"}
"""Go's names for what uname(2) says."""

INTERPRETERS = {"amd64": "x86_64", "arm64": "aarch64", "386": "i386", "arm": "arm", "riscv64": "riscv64"}
"""QEMU's names for Go's, as binfmt_misc registers them."""

BINFMT = Path("/proc/sys/fs/binfmt_misc")


def default() -> str:
    """The platform of this machine."""
    machine = platform.machine()
    return f"linux/{MACHINES.get(machine, machine)}"


def checked(text: str) -> str:
    """The canonical spelling, such as ``linux/arm64`` for ``linux/arm64/v8``; a `Failure` for nonsense."""
    parts = text.split("/")
    if not 2 <= len(parts) <= 3 or not all(part.replace("-", "").replace("_", "").isalnum() for part in parts):
        raise Failure(f"{text!r} is not a platform; write it like linux/amd64 or linux/arm/v7")
    return "/".join(parts[:2]) if parts[1:] in (["arm64", "v8"], ["amd64", "v1"]) else text


def of(described: Mapping[str, Any]) -> str:
    """The platform of an entry of an OCI index, or of an image config."""
    parts = [described.get("os") or "linux", described.get("architecture") or "", described.get("variant") or ""]
    return checked("/".join(part for part in parts if part))


def described(name: str) -> dict[str, str]:
    """A platform as an OCI index describes it (image-spec, "image index")."""
    system, architecture, *variant = name.split("/")
    return {"architecture": architecture, "os": system, **({"variant": variant[0]} if variant else {})}


def select(entries: Sequence[Mapping[str, Any]], wanted: str) -> Mapping[str, Any] | None:
    """The entry of an OCI index for a platform; one without a variant also takes any variant."""
    exact = [
        e for e in entries if "platform" in e and e["platform"].get("os") != "unknown" and of(e["platform"]) == wanted
    ]
    close = [e for e in entries if "platform" in e and of({**e["platform"], "variant": ""}) == wanted]
    return next(iter([*exact, *close]), None)


def runs_here(name: str) -> bool:
    """Whether programs of a platform can be started on this machine, by itself or through binfmt_misc."""
    architecture, here = name.split("/")[1], default().split("/")[1]
    if architecture == here or (architecture, here) == ("386", "amd64"):
        return True
    return (BINFMT / f"qemu-{INTERPRETERS.get(architecture, architecture)}").exists()
