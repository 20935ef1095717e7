"""A container image with GoReleaser, Go and git in it, made from what this machine has: no registry is reached.

Its layers are plain tars with no clock in them, so the same programs always are the same image.
"""

import hashlib
import io
import json
import os
import platform
import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipeline import process
from pipeline.demo.images import MACHINES
from pipeline.demo.oci_layout import CREATED, MEDIA
from tests.binaries import tools

TAG = f"v{tools.GORELEASER_VERSION}"

ENVIRONMENT = (
    "PATH=/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin", "HOME=/root", "GOTOOLCHAIN=local", "GOPROXY=off",
)  # fmt: skip

LEFT_OUT = re.compile(r"_test\.go$|/testdata/|^src/cmd/")
"""What of Go's sources no build needs."""

GO_PARTS = ("VERSION", "go.env", "bin/go", "pkg/include", "src")
GO_TOOLS = ("asm", "cgo", "compile", "link")

Files = Iterator[tuple[str, Path]]


def push(registry_address: str, scratch: Path) -> str:
    """Push the image to a registry on this machine; returns its reference by tag and digest.

    Raises `tools.Missing` when something that goes into it is not installed.
    """
    layout = _layout(scratch)
    reference = f"{registry_address}/goreleaser"
    copy = ["skopeo", "--insecure-policy", "copy", "--quiet", "--preserve-digests", "--dest-tls-verify=false"]
    process.run_sync([*copy, f"oci:{layout}:{TAG}", f"docker://{reference}:{TAG}"], timeout=120)
    digest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"]
    return f"{reference}:{TAG}@{digest}"


def _layout(scratch: Path) -> Path:
    layers = [_programs(), _go(tools.goroot())]
    layout = scratch / "goreleaser-image"
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    written = [_write_layer(blobs, files) for files in layers]
    described = {"os": "linux", "architecture": MACHINES[platform.machine()]}
    config = {
        "created": CREATED,
        **described,
        "config": {"Env": list(ENVIRONMENT), "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in written]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{MEDIA}.manifest.v1+json",
        "config": _write(blobs, f"{MEDIA}.config.v1+json", config),
        "layers": written,
    }
    named = _write(blobs, f"{MEDIA}.manifest.v1+json", manifest) | {
        "annotations": {"org.opencontainers.image.ref.name": TAG}
    }
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [named]}))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return layout


def _programs() -> Files:
    """GoReleaser, git with the libraries it is linked to, and a shell."""
    yield "usr/local/bin/goreleaser", tools.goreleaser()
    for name, path in (("git", "usr/bin/git"), ("busybox", "bin/sh")):
        found = shutil.which(name)
        if found is None:
            raise tools.Missing(f"{name} is not on the PATH")
        yield path, Path(found)
    linked = process.run_sync(["ldd", str(shutil.which("git"))], timeout=60).text
    for library in re.findall(r"(/\S+) \(0x", linked):
        yield library.lstrip("/"), Path(library)


def _go(root: Path) -> Files:
    machine = f"pkg/tool/linux_{MACHINES[platform.machine()]}"
    for part in (*GO_PARTS, *(f"{machine}/{tool}" for tool in GO_TOOLS)):
        for path in _below(root / part):
            name = str(path.relative_to(root))
            if not LEFT_OUT.search(name):
                yield f"usr/local/go/{name}", path


def _below(path: Path) -> Iterable[Path]:
    return sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]


def _write_layer(blobs: Path, files: Files) -> dict[str, Any]:
    unnamed = blobs / "layer"
    with tarfile.open(unnamed, "w", format=tarfile.USTAR_FORMAT) as archive:
        folders: set[str] = set()
        for name, path in [("root/.keep", Path(os.devnull)), ("tmp/.keep", Path(os.devnull)), *files]:
            _add_folders(archive, name, folders)
            header = tarfile.TarInfo(name)
            content = path.read_bytes()
            header.size = len(content)
            header.mode = 0o755 if os.access(path, os.X_OK) else 0o644
            archive.addfile(header, io.BytesIO(content))
    with unnamed.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = unnamed.stat().st_size
    unnamed.rename(blobs / digest)
    return {"mediaType": f"{MEDIA}.layer.v1.tar", "digest": f"sha256:{digest}", "size": size}


def _add_folders(archive: tarfile.TarFile, name: str, known: set[str]) -> None:
    for parent in reversed(Path(name).parents[:-1]):
        if str(parent) not in known:
            known.add(str(parent))
            header = tarfile.TarInfo(str(parent))
            header.type, header.mode = tarfile.DIRTYPE, 0o1777 if str(parent) == "tmp" else 0o755
            archive.addfile(header)


def _write(blobs: Path, media_type: str, value: object) -> dict[str, Any]:
    content = json.dumps(value, separators=(",", ":")).encode()
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}
