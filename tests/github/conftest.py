"""The GitHub and the registry of one test."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pipeline.demo.github import GitHubDouble
from pipeline.demo.monorepo import Monorepo
from pipeline.runtime import limits
from pipeline.runtime.limits import Limits
from tests.github.hub import TAG, Hub, Place
from tests.site import local_session


@pytest.fixture
async def hub(
    github: GitHubDouble, monorepo: Monorepo, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hub]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monorepo.tag(TAG.name)
    name = f"acme/{namespace}"
    github.add_repository(name, git_dir=monorepo.git_dir)
    github.add_token("ghp_turns", permissions={name: "push"}, hourly_requests=100_000)
    limits.use(Limits(attempts=4, first_wait=0.005, longest_wait=0.02, claim=60))
    async with local_session(tmp_path / "cache"):
        yield Hub(github, name, monorepo.head, tmp_path)
    github.heal()
    limits.use(Limits())


@pytest.fixture
def place() -> Place:
    return Place()
