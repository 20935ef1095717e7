"""Commits between two releases (https://docs.github.com/rest/commits/commits#compare-two-commits)."""

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from github.Repository import Repository

LIMIT = 500
"""Commits that are looked at; a longer history is told as a compare link."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its ID, its subject line and its author's login, or name where GitHub knows no login."""

    sha: str
    subject: str
    author: str


@dataclass(frozen=True, slots=True)
class History:
    """What happened between two commits: how many commits in all, and up to `LIMIT` of them, oldest first."""

    total: int
    commits: tuple[Commit, ...]


def between(repository: "Repository", base: str, head: str) -> History:
    """The commits that are in ``head`` but not in ``base``."""
    comparison = repository.compare(base, head)
    commits = [
        Commit(
            commit.sha,
            commit.commit.message.partition("\n")[0],
            commit.author.login if commit.author else commit.commit.author.name,
        )
        for commit in islice(comparison.commits, LIMIT)
    ]
    return History(comparison.total_commits, tuple(commits))
