"""What a publishing client sends to an npm registry, as ``libnpmpublish`` makes it."""

import base64
from typing import Any

from pipeline.binaries.packages import Package

Json = dict[str, Any]


def document(package: Package, tag: str, registry: str) -> Json:
    """The version's manifest, its dist-tag and the tarball, all in one."""
    file = _file(package)
    url = f"{registry.rstrip('/')}/{package.name}/-/{file}"
    dist = {"integrity": package.integrity, "shasum": package.shasum, "tarball": url}
    manifest = {
        **package.manifest,
        "_id": f"{package.name}@{package.version}",
        "gitHead": package.commit,
        "dist": dist,
    }
    return {
        "_id": package.name,
        "name": package.name,
        "description": package.manifest.get("description", ""),
        "access": "public",
        "dist-tags": {tag: package.version},
        "versions": {package.version: manifest},
        "_attachments": {
            file: {
                "content_type": "application/octet-stream",
                "data": base64.b64encode(package.tarball).decode(),
                "length": len(package.tarball),
            }
        },
    }


def _file(package: Package) -> str:
    return f"{package.name.rpartition('/')[2]}-{package.version}.tgz"
