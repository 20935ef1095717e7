"""Clones of monorepos that are made for one test."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline import process
from pipeline.demo.git_server import GitServer
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from tests.cli.init.stranger import Clone, MakeClone
from tests.conftest import need


@pytest.fixture
def clone_of(  # noqa: PLR0917 - fixtures
    git_server: GitServer, base_image: str, registry: Registry, namespace: str, tmp_path: Path, session_cache: Path
) -> MakeClone:
    """Clone a monorepo with these files, in which ``{base}`` is a base image, and these tags."""
    need("git")

    def make(files: Mapping[str, str], *tags: str) -> Clone:
        origin = Monorepo.create_empty(git_server.root / namespace / "shop.git")
        origin.commit({path: text.replace("{base}", base_image) for path, text in files.items()}, message="feat: begin")
        for tag in tags:
            origin.tag(tag)
        folder = tmp_path / "shop"
        process.run_sync(["git", "clone", "--quiet", git_server.url_of(origin.git_dir), str(folder)])
        return Clone(folder, f"{registry.address}/{namespace}", session_cache)

    return make
