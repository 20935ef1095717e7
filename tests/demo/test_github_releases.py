"""Releases, drafts and their rules."""

import httpx
import pytest
from github import Github
from github.GitRelease import GitRelease
from github.Repository import Repository

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import client, refused
from tests.demo.conftest import NAME, WRITER
from tests.demo.github_history import History

TAG = "vault/v0.2.0"


def draft_of(repository: Repository, tag: str = TAG) -> GitRelease:
    return repository.create_git_release(tag, tag, "notes", draft=True, make_latest="false")


def publish(repository: Repository, tag: str = TAG, *, target: str = "main") -> GitRelease:
    return repository.create_git_release(tag, tag, "notes", target_commitish=target)


def test_a_draft_is_published_in_place(repository: Repository, history: History) -> None:
    draft = draft_of(repository)
    assert draft.draft
    assert draft.raw_data["published_at"] is None
    assert "/untagged-" in draft.html_url
    published = draft.update_release(TAG, "notes", draft=False)
    assert (published.id, published.draft) == (draft.id, False)
    assert published.published_at is not None
    assert published.html_url.endswith(f"/releases/tag/{TAG}")
    assert published.created_at.timestamp() == int(history.git("log", "-1", "--format=%ct", TAG))


def test_drafts_are_seen_only_by_those_who_can_push(
    github_double: GitHubDouble, writer: Github, reader: Github
) -> None:
    draft = draft_of(writer.get_repo(NAME))
    assert [release.id for release in writer.get_repo(NAME).get_releases()] == [draft.id]
    assert writer.get_repo(NAME).get_release(draft.id).draft
    for other in (reader, client(github_double)):
        assert list(other.get_repo(NAME).get_releases()) == []
        with refused(404, "Not Found"):
            other.get_repo(NAME).get_release(draft.id)


def test_drafts_have_no_tag_and_are_not_the_latest(repository: Repository) -> None:
    draft_of(repository)
    with refused(404):
        repository.get_release(TAG)
    with refused(404):
        repository.get_latest_release()


def test_one_tag_can_have_many_drafts(repository: Repository) -> None:
    one, other = draft_of(repository), draft_of(repository)
    assert one.id != other.id
    assert repository.get_releases().totalCount == 2


def test_one_tag_has_one_published_release(repository: Repository) -> None:
    draft = draft_of(repository)
    publish(repository)
    with refused(422, "already_exists", "tag_name"):
        publish(repository)
    with refused(422, "already_exists", "tag_name"):
        draft.update_release(TAG, "", draft=False)
    assert repository.get_release(draft.id).draft


def test_a_missing_tag_is_made_at_the_target(repository: Repository, history: History) -> None:
    publish(repository, "vault/v0.3.0", target=history.main[3])
    assert history.sha("refs/tags/vault/v0.3.0") == history.main[3]
    publish(repository, "vault/v0.4.0", target="side")
    assert history.sha("refs/tags/vault/v0.4.0") == history.side


def test_a_draft_makes_no_tag(repository: Repository, history: History) -> None:
    draft_of(repository, "vault/v0.3.0")
    assert "vault/v0.3.0" not in history.git("tag")


def test_a_tag_that_is_there_stays_where_it_is(repository: Repository, history: History) -> None:
    before = history.sha(TAG)
    publish(repository, target="side")
    assert history.sha(TAG) == before


@pytest.mark.parametrize("target", ["0" * 40, "no-such-branch", "refs/heads/main", "vault/v0.1.0", "HEAD"])
def test_a_target_is_a_branch_or_a_whole_hash(repository: Repository, target: str) -> None:
    with refused(422, "target_commitish", "invalid"):
        publish(repository, target=target)
    with refused(422, "tag_name is not a valid tag", "Published releases must have a valid tag", "target_commitish"):
        publish(repository, "vault/v0.3.0", target=target)


def test_a_short_hash_is_no_target(repository: Repository, history: History) -> None:
    with refused(422, "target_commitish"):
        publish(repository, target=history.main[0][:7])


def test_a_tag_name_must_be_well_formed(repository: Repository) -> None:
    with refused(422, "tag_name is not well-formed"):
        publish(repository, "vault/..")


def test_notes_have_a_longest_length(repository: Repository) -> None:
    draft = draft_of(repository)
    assert len(draft.update_release(TAG, "x" * 125_000, draft=True).body) == 125_000
    with refused(422, "body is too long (maximum is 125000 characters)"):
        draft.update_release(TAG, "x" * 125_001, draft=True)
    with refused(422, "body is too long"):
        repository.create_git_release("vault/v0.3.0", "", "x" * 125_001)


def test_a_deleted_release_leaves_its_tag(repository: Repository, history: History) -> None:
    release = publish(repository, "vault/v0.3.0")
    release.delete_release()
    with refused(404):
        repository.get_release(release.id)
    assert history.sha("refs/tags/vault/v0.3.0") == history.main[-1]
    publish(repository, "vault/v0.3.0")


def test_a_refused_change_changes_nothing(repository: Repository) -> None:
    draft = draft_of(repository)
    with refused(422):
        draft.update_release("another", "x" * 125_001, draft=False)
    again = repository.get_release(draft.id)
    assert (again.name, again.body, again.draft) == (TAG, "notes", True)


def test_releases_come_in_pages(github_double: GitHubDouble, repository: Repository) -> None:
    ids = {draft_of(repository, f"vault/v1.0.{number}").id for number in range(35)}
    assert {release.id for release in repository.get_releases()} == ids
    first = httpx.get(f"{github_double.url}/repos/{NAME}/releases", headers={"Authorization": f"token {WRITER}"})
    assert len(first.json()) == 30
    assert {"next", "last"} == first.links.keys()
    second = httpx.get(first.links["next"]["url"], headers={"Authorization": f"token {WRITER}"})
    assert len(second.json()) == 5
    assert {"prev", "first"} == second.links.keys()
    most = httpx.get(f"{first.url}?per_page=1000", headers={"Authorization": f"token {WRITER}"})
    assert len(most.json()) == 35


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ('{"tag_name": ', 400, "Problems parsing JSON"),
        ('["vault/v1.0.0"]', 400, "JSON object"),
        ("{}", 422, '"tag_name" wasn\'t supplied'),
        ('{"tag_name": "v1", "draft": "yes"}', 422, "is not a boolean"),
        ('{"tag_name": "v1", "make_latest": true}', 422, "is not a member of"),
        ('{"tag_name": 1}', 422, "is not a string"),
    ],
)
def test_malformed_requests_are_refused(github_double: GitHubDouble, body: str, status: int, words: str) -> None:
    url = f"{github_double.url}/repos/{NAME}/releases"
    answer = httpx.post(url, content=body, headers={"Authorization": f"Bearer {WRITER}"})
    assert answer.status_code == status
    assert words in answer.json()["message"]


def test_an_empty_repository_has_nothing_to_release(github_double: GitHubDouble) -> None:
    github_double.add_repository("unkeyed/empty")
    github_double.add_token("ghp_owner", permissions={"unkeyed/empty": "admin"})
    empty = client(github_double, "ghp_owner").get_repo("unkeyed/empty")
    with refused(422, "Repository is empty"):
        empty.create_git_release("v1.0.0", "", "")
    with refused(409, "Git Repository is empty."):
        empty.get_git_ref("heads/main")
