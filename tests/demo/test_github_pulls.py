"""Pull requests and labels."""

import httpx
import pytest
from github import Github
from github.PullRequest import PullRequest
from github.Repository import Repository

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import refused
from tests.demo.conftest import NAME
from tests.demo.github_history import History


@pytest.fixture
def pull(repository: Repository) -> PullRequest:
    return repository.create_pull(base="main", head="side", title="Side", body="why")


def numbers(repository: Repository, **filters: str) -> list[int]:
    return [pull.number for pull in repository.get_pulls(**filters)]


def test_a_pull_request_is_described(pull: PullRequest, history: History) -> None:
    assert (pull.title, pull.body, pull.state, pull.user.login) == ("Side", "why", "open", "writer")
    assert (pull.head.ref, pull.head.sha, pull.base.ref) == ("side", history.side, "main")
    assert (pull.commits, pull.changed_files, pull.additions) == (1, 1, 1)
    assert pull.mergeable


def test_there_is_one_for_two_branches(repository: Repository, pull: PullRequest) -> None:
    with refused(422, "A pull request already exists for unkeyed:side."):
        repository.create_pull(base="main", head="unkeyed:side", title="Again")
    pull.edit(state="closed")
    assert repository.create_pull(base="main", head="side", title="Again").number == pull.number + 1


def test_there_must_be_something_to_merge(repository: Repository, history: History) -> None:
    repository.create_git_ref("refs/heads/old", history.main[1])
    with refused(422, "No commits between main and old"):
        repository.create_pull(base="main", head="old", title="Nothing")


@pytest.mark.parametrize(
    ("base", "head", "field"), [("none", "side", "base"), ("main", "none", "head"), ("main", "me:side", "head")]
)
def test_both_branches_must_be_there(repository: Repository, base: str, head: str, field: str) -> None:
    with refused(422, "PullRequest", f"'field': '{field}'", "invalid"):
        repository.create_pull(base=base, head=head, title="Wrong")


def test_pull_requests_are_filtered(repository: Repository, pull: PullRequest) -> None:
    assert numbers(repository) == [pull.number]
    assert numbers(repository, head="unkeyed:side", base="main") == [pull.number]
    assert numbers(repository, head="unkeyed:other") == []
    assert numbers(repository, head="other") == [pull.number]
    assert numbers(repository, base="island") == []
    pull.edit(state="closed")
    assert (numbers(repository), numbers(repository, state="closed")) == ([], [pull.number])
    assert numbers(repository, state="all") == [pull.number]


def test_a_pull_request_is_edited(repository: Repository, pull: PullRequest) -> None:
    pull.edit(title="Better", body="because")
    again = repository.get_pull(pull.number)
    assert (again.title, again.body) == ("Better", "because")
    pull.edit(state="closed")
    assert repository.get_pull(pull.number).closed_at
    pull.edit(state="open")
    assert repository.get_pull(pull.number).state == "open"
    with refused(404):
        repository.get_pull(99)


def test_new_commits_are_seen(repository: Repository, pull: PullRequest, history: History) -> None:
    repository.create_file("more.txt", "More", "x", branch="side")
    again = repository.get_pull(pull.number)
    assert (again.commits, again.head.sha) == (2, history.sha("side"))


def test_a_push_that_holds_it_merges_it(repository: Repository, pull: PullRequest, history: History) -> None:
    history.git("update-ref", "refs/heads/main", history.side)
    merged = repository.get_pull(pull.number)
    assert (merged.merged, merged.state, merged.merge_commit_sha) == (True, "closed", history.side)
    with refused(422):
        pull.edit(state="open")


def test_a_commit_knows_its_pull_requests(
    github_double: GitHubDouble, repository: Repository, pull: PullRequest, history: History
) -> None:
    merged = github_double.add_merged_pull(
        NAME, title="Third", commit=history.main[2], base_commit=history.main[1], login="reader"
    )
    assert [found.number for found in repository.get_commit(history.main[2]).get_pulls()] == [merged.number]
    assert [found.number for found in repository.get_commit(history.side).get_pulls()] == [pull.number]
    assert list(repository.get_commit(history.main[0]).get_pulls()) == []


def test_labels_are_added_once(repository: Repository, pull: PullRequest) -> None:
    pull.add_to_labels("promotion", "vault")
    pull.add_to_labels("vault")
    assert [label.name for label in pull.get_labels()] == ["promotion", "vault"]
    assert [label.name for label in repository.get_pull(pull.number).labels] == ["promotion", "vault"]


def test_a_page_has_a_hundred_items_at_most(github_double: GitHubDouble, pull: PullRequest) -> None:
    pull.add_to_labels(*(f"label-{number}" for number in range(120)))
    url = f"{github_double.url}/repos/{NAME}/issues/{pull.number}/labels?per_page=1000"
    assert len(httpx.get(url).json()) == 100


def test_writing_needs_push(reader: Github) -> None:
    with refused(403):
        reader.get_repo(NAME).create_pull(base="main", head="side", title="Mine")
