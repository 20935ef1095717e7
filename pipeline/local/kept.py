"""Images that sessions have built, each an OCI layout in the cache, named by a digest of all that it was made from."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.local import oci
from pipeline.local.workspace import Workspace, locked, remove


def find(workspace: Workspace, name: str) -> Path | None:
    """The layout of that name. One that is not whole is removed: what a machine wrote last before it stopped may not be
    on its disk.
    """
    layout = workspace.builds / name
    if not layout.exists():
        return None
    with locked(_lock(workspace)):
        if _is_whole(layout):
            # Its time tells when it was last used, see `pipeline.local.cache`.
            os.utime(layout)
            return layout
        remove(layout)
    return None


def keep(workspace: Workspace, name: str, layout: Path) -> Path:
    """Keep a layout under that name; gives where it is now: where it was if another session has been faster, or if
    nothing can be kept.
    """
    with suppress(OSError):
        workspace.builds.mkdir(0o700, exist_ok=True)
        with locked(_lock(workspace)):
            return layout.rename(workspace.builds / name)
    return layout


def _lock(workspace: Workspace) -> Path:
    return workspace.cache / "builds.lock"


def _is_whole(layout: Path) -> bool:
    """Whether it has all that its image names, by size."""
    try:
        image = oci.read(layout)
        return all(_has(layout, blob) for blob in _blobs(image))
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _blobs(image: oci.Image) -> Iterator[dict[str, Any]]:
    yield image.manifest["config"]
    yield from image.manifest["layers"]


def _has(layout: Path, blob: dict[str, Any]) -> bool:
    size: int = blob["size"]
    return oci.blob_path(layout, blob["digest"]).stat().st_size == size
