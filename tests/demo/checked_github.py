"""The double, held to GitHub's published description for as long as it runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github, GithubException
from starlette.types import ASGIApp

from pipeline.demo.github import GitHubDouble
from pipeline.process import ProcessError
from tests.demo.github_recorder import Recorder, judge


@contextmanager
def checked_github(git_root: Path | None = None) -> Iterator[GitHubDouble]:
    """A running double; when it stops, every exchange it had must be one that GitHub describes.

    Where the description is neither in the cache nor to be fetched, the test is skipped, or, with ``CI`` set, fails.
    """
    _need_description()
    recorders: list[Recorder] = []

    def record(app: ASGIApp) -> Recorder:
        recorders.append(Recorder(app))
        return recorders[-1]

    with GitHubDouble(git_root, wrap=record) as double:
        yield double
    faults = recorders[0].faults()
    assert not faults, "\n".join(faults)


def _need_description() -> None:
    try:
        judge()
    except ProcessError as error:
        reason = f"GitHub's OpenAPI description cannot be fetched with npm: {error}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


def client(double: GitHubDouble, token: str | None = None) -> Github:
    """PyGithub, as the pipeline uses it, without its waits and without its retries."""
    auth = Auth.Token(token) if token else None
    return Github(base_url=double.url, auth=auth, retry=None, seconds_between_requests=0, seconds_between_writes=0)


@contextmanager
def refused(status: int, *words: str) -> Iterator[None]:
    """The block must be refused with this status, in an answer that has all these words."""
    with pytest.raises(GithubException) as caught:
        yield
    data: dict[str, Any] = caught.value.data
    answer = f"{data.get('message', data)} {data.get('errors', '')}"
    assert caught.value.status == status, answer
    missing = [word for word in words if word not in answer]
    assert not missing, f"{missing} not in {answer}"
