"""A GitHub to test against: one public repository with a history, and tokens of every kind."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from github import Github
from github.Repository import Repository

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import checked_github, client
from tests.demo.github_history import History, make_history

NAME = "unkeyed/unkey"
WRITER, READER = "ghp_writer", "github_pat_reader"


@pytest.fixture(scope="session")
def _history_to_copy(tmp_path_factory: pytest.TempPathFactory) -> History:
    return make_history(tmp_path_factory.mktemp("history") / "unkey.git")


@pytest.fixture
def history(_history_to_copy: History, tmp_path: Path) -> History:
    """A git repository of the test's own."""
    git_dir = shutil.copytree(_history_to_copy.git_dir, tmp_path / "unkeyed" / "unkey.git")
    return History(git_dir, _history_to_copy.main, _history_to_copy.side, _history_to_copy.island)


@pytest.fixture
def github_double(history: History) -> Iterator[GitHubDouble]:
    """The double with that repository; every exchange is checked against GitHub's description."""
    with checked_github() as double:
        double.add_repository(NAME, git_dir=history.git_dir)
        double.add_token(WRITER, permissions={NAME: "push"}, login="writer")
        double.add_token(READER, permissions={NAME: "pull"}, login="reader")
        yield double


@pytest.fixture
def writer(github_double: GitHubDouble) -> Github:
    """PyGithub for somebody who may push."""
    return client(github_double, WRITER)


@pytest.fixture
def reader(github_double: GitHubDouble) -> Github:
    """PyGithub for somebody who may only read."""
    return client(github_double, READER)


@pytest.fixture
def repository(writer: Github) -> Repository:
    """The repository for somebody who may push."""
    return writer.get_repo(NAME)
