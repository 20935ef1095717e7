"""Commits, branches and comparisons, read from the real git repository."""

import httpx
import pytest
from github.Repository import Repository

from pipeline.demo.github import GitHubDouble
from pipeline.process import run_sync
from tests.demo.checked_github import refused
from tests.demo.conftest import NAME
from tests.demo.github_history import History


def test_commits_come_newest_first(repository: Repository, history: History) -> None:
    assert [commit.sha for commit in repository.get_commits()] == list(reversed(history.main))
    assert [commit.sha for commit in repository.get_commits(sha="side")] == [
        history.side,
        history.main[1],
        history.main[0],
    ]


def test_commits_are_filtered_by_path(repository: Repository, history: History) -> None:
    assert [commit.sha for commit in repository.get_commits(path="src/2.txt")] == [history.main[1]]
    assert [commit.sha for commit in repository.get_commits(path="src")] == list(reversed(history.main))


def test_commits_come_in_pages(github_double: GitHubDouble, history: History) -> None:
    answer = httpx.get(f"{github_double.url}/repos/{NAME}/commits?per_page=2")
    assert [commit["sha"] for commit in answer.json()] == [history.main[4], history.main[3]]
    last = httpx.get(answer.links["last"]["url"])
    assert [commit["sha"] for commit in last.json()] == [history.main[0]]


@pytest.mark.parametrize("name", ["main", "heads/main", "HEAD"])
def test_a_commit_is_found_by_any_name(repository: Repository, history: History, name: str) -> None:
    commit = repository.get_commit(name)
    assert (commit.sha, commit.commit.message) == (history.main[-1], "Commit 5")
    assert [parent.sha for parent in commit.parents] == [history.main[-2]]
    assert {file.filename: file.status for file in commit.files} == {"a.txt": "modified", "src/5.txt": "added"}
    assert (commit.stats.additions, commit.stats.deletions) == (2, 1)


def test_a_tag_leads_to_its_commit(repository: Repository, history: History) -> None:
    assert repository.get_commit("vault/v0.2.0").sha == history.main[2]
    assert repository.get_commit("tags/vault/v0.2.0").sha == history.main[2]
    assert repository.get_commit(history.main[2][:8]).sha == history.main[2]


@pytest.mark.parametrize("name", ["no-such", "0" * 40, "main~1", "main^", "--all"])
def test_what_names_no_commit_is_refused(repository: Repository, name: str) -> None:
    with refused(422, "No commit found for SHA"):
        repository.get_commit(name)


def test_a_branch_and_a_tag_of_one_name_are_told_apart(repository: Repository, history: History) -> None:
    history.git("branch", "vault/v0.1.0", history.side)
    assert repository.get_commit("tags/vault/v0.1.0").sha == history.main[0]
    assert repository.get_branch("vault/v0.1.0").commit.sha == history.side


def test_a_branch_has_its_newest_commit(repository: Repository, history: History) -> None:
    assert repository.get_branch("side").commit.sha == history.side
    with refused(404, "Branch not found"):
        repository.get_branch("no-such")


@pytest.mark.parametrize(
    ("base", "head", "status", "ahead", "behind"),
    [
        ("vault/v0.1.0", "main", "ahead", 4, 0),
        ("main", "vault/v0.1.0", "behind", 0, 4),
        ("main", "side", "diverged", 1, 3),
        ("main", "main", "identical", 0, 0),
    ],
)
def test_two_commits_are_compared(  # noqa: PLR0917 -- pytest passes them by name
    repository: Repository, base: str, head: str, status: str, ahead: int, behind: int
) -> None:
    comparison = repository.compare(base, head)
    assert (comparison.status, comparison.ahead_by, comparison.behind_by) == (status, ahead, behind)
    assert len(list(comparison.commits)) == ahead


def test_a_comparison_is_oldest_first_from_where_they_parted(repository: Repository, history: History) -> None:
    comparison = repository.compare("side", "main")
    assert [commit.sha for commit in comparison.commits] == list(history.main[2:])
    assert comparison.merge_base_commit.sha == history.main[1]
    assert {file.filename for file in comparison.files} == {"a.txt", "src/3.txt", "src/4.txt", "src/5.txt"}


def test_what_shares_no_history_cannot_be_compared(repository: Repository) -> None:
    with refused(404, "No common ancestor between main and island"):
        repository.compare("main", "island")
    with refused(404):
        repository.compare("main", "no-such")


def test_a_comparison_in_pages_has_files_on_the_first(github_double: GitHubDouble, history: History) -> None:
    url = f"{github_double.url}/repos/{NAME}/compare/vault/v0.1.0...main"
    first = httpx.get(f"{url}?per_page=3")
    assert [commit["sha"] for commit in first.json()["commits"]] == list(history.main[1:4])
    assert len(first.json()["files"]) == 5
    second = httpx.get(first.links["next"]["url"])
    assert [commit["sha"] for commit in second.json()["commits"]] == [history.main[4]]
    assert second.json()["files"] == []


def test_a_comparison_without_pages_ends_at_250_commits(repository: Repository, history: History) -> None:
    lines = ["reset refs/heads/long\nfrom refs/heads/main^0\n\n"]
    for number in range(260):
        who = f"A <a@example.com> {1_800_000_000 + number} +0000"
        lines.append(f"commit refs/heads/long\ncommitter {who}\ndata 1\nx\n")
        lines.append(f"M 100644 inline f/{number}\ndata 1\nx\n" + f"M 100644 inline g/{number}\ndata 1\nx\n")
    git = ["git", f"--git-dir={history.git_dir}", "fast-import", "--quiet"]
    run_sync(git, stdin="".join(lines).encode(), timeout=60)
    comparison = repository.get_commit("long")
    unpaged = httpx.get(f"{repository.url}/compare/main...long").json()
    assert (unpaged["total_commits"], len(unpaged["commits"]), len(unpaged["files"])) == (260, 250, 300)
    assert unpaged["commits"][-1]["sha"] == comparison.sha


def test_a_rename_is_told(repository: Repository, history: History) -> None:
    blob = history.sha("main:a.txt")
    tree = run_sync(
        ["git", f"--git-dir={history.git_dir}", "mktree"], stdin=f"100644 blob {blob}\tb.txt\n".encode(), timeout=60
    )
    history.git(
        "-c", "user.name=A", "-c", "user.email=a@b", "update-ref", "refs/heads/renamed", _commit(history, tree.text)
    )
    files = {file.filename: file for file in repository.compare("main", "renamed").files}
    assert (files["b.txt"].status, files["b.txt"].previous_filename) == ("renamed", "a.txt")
    assert files["src/1.txt"].status == "removed"


def _commit(history: History, tree: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    return history.git(*who, "commit-tree", tree, "-p", history.main[-1], "-m", "rename")
