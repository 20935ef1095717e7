"""What happened between two commits, for release notes: commits, and the pull requests that brought them.

Requests are few, and bounded whatever the history: one per hundred commits of the range, one per hundred of each
path, and one for each of the few commits whose pull request cannot be told from the range itself
(https://docs.github.com/rest/commits/commits).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.github.message import pull_in

if TYPE_CHECKING:
    from github.Commit import Commit as GithubCommit
    from github.Repository import Repository

PAGE = 100
"""Commits that one request gives."""

RANGE = 2000
"""Commits of a range that are looked at; of a longer one, the newest that touch the paths."""

PER_PATH = 1000
"""Commits that are looked at for one path."""

NO_COMMON_ANCESTOR = 404
"""What a comparison of commits that are there answers when they share no history."""

LOOKUPS = 30
"""Commits whose pull request is asked for, where the range does not tell it: those that a rebase brought."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its message, its author's login (empty where GitHub knows none) and name, and its pull request."""

    sha: str
    message: str
    login: str
    author: str
    pull: int | None
    parents: tuple[str, ...]
    when: datetime

    @property
    def is_merge(self) -> bool:
        """Whether it joins two lines."""
        return len(self.parents) > 1


@dataclass(frozen=True, slots=True)
class History:
    """The commits that touch the paths, newest first, merges left out; ``whole`` is whether these are all."""

    commits: tuple[Commit, ...]
    whole: bool


def between(repository: "Repository", *, base: str, head: str, paths: Sequence[str]) -> History | None:
    """What is in ``head`` but not in ``base`` and touches one of ``paths``; everything where there are none.

    None when the two commits share no history, so that nobody can tell.
    """
    from github import GithubException

    try:
        comparison = repository.compare(base, head, comparison_commits_per_page=PAGE)
        total = comparison.total_commits
    except GithubException as error:
        if error.status == NO_COMMON_ANCESTOR:
            return None
        raise
    if total > RANGE:
        return _newest(repository, head, paths, since=comparison.merge_base_commit.commit.committer.date)
    commits = {commit.sha: _commit(commit) for commit in comparison.commits}
    merged = _with_merged_pulls(commits, head)
    touching = _touching(repository, head, paths, merged)
    told = [commit for commit in merged.values() if not commit.is_merge and commit.sha in touching]
    return History(tuple(_looked_up(repository, _newest_first(told))), whole=True)


def _touching(
    repository: "Repository", head: str, paths: Sequence[str], commits: Mapping[str, Commit]
) -> Collection[str]:
    """The IDs of those commits that touch one of the paths."""
    if not paths or not commits:
        return commits.keys()
    since = min(commit.when for commit in commits.values())
    listed = (commit.sha for path in paths for commit in _listed(repository, head, path, since))
    return {sha for sha in listed if sha in commits}


def _newest(repository: "Repository", head: str, paths: Sequence[str], *, since: datetime) -> History:
    """The newest commits of a range too long to be looked at, by their dates."""
    listed = [_commit(commit) for path in paths or [""] for commit in _listed(repository, head, path, since)]
    by_id = {commit.sha: commit for commit in listed if not commit.is_merge}
    newest = _newest_first(by_id.values())[:PER_PATH]
    return History(tuple(newest), whole=False)


def _listed(repository: "Repository", head: str, path: str, since: datetime) -> "Iterator[GithubCommit]":
    if path in ("", "."):
        return islice(repository.get_commits(sha=head, since=since), PER_PATH)
    return islice(repository.get_commits(sha=head, path=path, since=since), PER_PATH)


def _newest_first(commits: Iterable[Commit]) -> list[Commit]:
    return sorted(commits, key=lambda commit: (commit.when, commit.sha), reverse=True)


def _with_merged_pulls(commits: Mapping[str, Commit], head: str) -> dict[str, Commit]:
    """Every commit with the pull request whose merge commit brought it, where its own subject names none."""
    pulls: dict[str, int | None] = {}
    for sha in reversed(list(_first_parents(head, commits))):
        for brought in _reachable(commits[sha].parents[1:], commits, pulls):
            pulls[brought] = commits[sha].pull
        pulls[sha] = commits[sha].pull
    return {sha: replace(commit, pull=commit.pull or pulls.get(sha)) for sha, commit in commits.items()}


def _first_parents(sha: str, commits: Mapping[str, Commit]) -> Iterator[str]:
    """The line that main itself took, newest first."""
    while sha in commits:
        yield sha
        sha = next(iter(commits[sha].parents), "")


def _reachable(starts: Iterable[str], commits: Mapping[str, Commit], known: Collection[str]) -> set[str]:
    """What leads to ``starts`` of ``commits``, up to what is ``known``."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        sha = waiting.pop()
        if sha in commits and sha not in found and sha not in known:
            found.add(sha)
            waiting += commits[sha].parents
    return found


def _looked_up(repository: "Repository", commits: Iterable[Commit]) -> Iterator[Commit]:
    left = LOOKUPS
    for commit in commits:
        if commit.pull is None and left:
            left -= 1
            yield replace(commit, pull=_asked_pull(repository, commit.sha))
        else:
            yield commit


def _asked_pull(repository: "Repository", sha: str) -> int | None:
    """The merged pull request that brought a commit
    (https://docs.github.com/rest/commits/commits#list-pull-requests-associated-with-a-commit).
    """
    pulls = repository.get_commit(sha).get_pulls()
    return min((pull.number for pull in pulls if pull.merged_at), default=None)


def _commit(commit: "GithubCommit") -> Commit:
    details = commit.commit
    return Commit(
        sha=commit.sha,
        message=details.message,
        login=commit.author.login if commit.author else "",
        author=details.author.name or "",
        pull=pull_in(details.message.partition("\n")[0]),
        parents=tuple(parent.sha for parent in commit.parents),
        when=details.committer.date,
    )
