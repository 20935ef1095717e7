"""GitHub's published OpenAPI description, cut down to what the double serves.

It comes from the npm package ``@octokit/openapi``, pinned, into the git-ignored cache.
"""

import base64
import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.demo.github.app import IN_REPOSITORY, TOP
from pipeline.process import run_sync
from tests.demo.github_amendments import amend

VERSION = "23.0.2"
INTEGRITY = "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=="
MEMBER = "package/generated/api.github.com.json"
CACHE = Path(__file__).parents[2] / ".cache" / "openapi"
NOT_IN_THE_API = frozenset({"/storage/{key}"})
"""Where binary content is redirected to; at GitHub that is another host, of which nothing is published."""

Described = dict[str, Any]


def shape(path: str) -> str:
    """A path template without the names of its parameters, which differ between the description and the double."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def served_paths() -> frozenset[str]:
    """The shapes of all paths of the API that the double answers."""
    scoped = {"/repos/{owner}/{repo}" + path for _, path, _ in IN_REPOSITORY}
    return frozenset(shape(path) for path in {path for _, path, _ in TOP} - NOT_IN_THE_API | scoped)


@cache
def described() -> Described:
    """The cut and amended description; made once for this set of paths, and read from the cache after that."""
    key = hashlib.sha256("\n".join(sorted(served_paths())).encode()).hexdigest()[:16]
    file = CACHE / f"octokit-{VERSION}-{key}.json"
    if not file.exists():
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(_cut(_whole())))
        partial.replace(file)
    cut: Described = json.loads(file.read_text())
    return amend(cut)


def _whole() -> Described:
    CACHE.mkdir(parents=True, exist_ok=True)
    CACHE.joinpath(".gitignore").write_text("*\n")
    archive = CACHE / f"octokit-openapi-{VERSION}.tgz"
    if not archive.exists():
        run_sync(["npm", "pack", "--silent", f"@octokit/openapi@{VERSION}"], cwd=CACHE, timeout=300)
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    assert f"sha512-{digest}" == INTEGRITY, f"{archive} is not the pinned package: remove it and try again"
    with tarfile.open(archive) as package:
        member = package.extractfile(MEMBER)
        assert member is not None
        whole: Described = json.load(member)
    return whole


def _cut(whole: Described) -> Described:
    """The served paths, and of the components what they lead to."""
    wanted = served_paths()
    paths = {path: item for path, item in whole["paths"].items() if shape(path) in wanted}
    components: Described = {}
    queue = list(_references(paths))
    while queue:
        _, _, kind, name = queue.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = whole["components"][kind][name]
            queue += _references(components[kind][name])
    kept = {key: whole[key] for key in ("openapi", "info", "servers")}
    return {**kept, "paths": paths, "components": components}


def _references(node: Any) -> Iterator[str]:
    match node:
        case dict():
            if isinstance(target := node.get("$ref"), str):
                yield target
            for key, value in node.items():
                if key not in ("example", "examples", "description"):
                    yield from _references(value)
        case list():
            for value in node:
                yield from _references(value)
