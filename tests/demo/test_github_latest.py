"""Which release is the latest."""

from typing import Any

import httpx
import pytest
from github.GitRelease import GitRelease
from github.Repository import Repository

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import refused
from tests.demo.conftest import NAME, WRITER
from tests.demo.github_history import History


def publish(repository: Repository, tag: str, **more: Any) -> GitRelease:
    return repository.create_git_release(tag, tag, "", **more)


def latest(repository: Repository) -> str:
    return repository.get_latest_release().tag_name


def test_a_new_release_is_the_latest_unless_it_says_no(repository: Repository) -> None:
    publish(repository, "vault/v2.0.0")
    publish(repository, "api/v1.0.0")
    assert latest(repository) == "api/v1.0.0"
    publish(repository, "api/v1.0.1", make_latest="false")
    assert latest(repository) == "api/v1.0.0"


def test_a_draft_published_without_a_word_is_the_latest(github_double: GitHubDouble, repository: Repository) -> None:
    publish(repository, "vault/v2.0.0")
    draft = publish(repository, "api/v1.0.0", draft=True, make_latest="false")
    headers = {"Authorization": f"Bearer {WRITER}"}
    httpx.patch(f"{github_double.url}/repos/{NAME}/releases/{draft.id}", json={"draft": False}, headers=headers)
    assert latest(repository) == "api/v1.0.0"


def test_an_edit_leaves_the_latest_alone(repository: Repository) -> None:
    old = publish(repository, "vault/v1.0.0")
    publish(repository, "vault/v2.0.0")
    old.update_release("old", "edited")
    assert latest(repository) == "vault/v2.0.0"
    old.update_release("old", "edited", make_latest="true")
    assert latest(repository) == "vault/v1.0.0"


def test_legacy_goes_by_commit_date_then_version(repository: Repository, history: History) -> None:
    publish(repository, "vault/v1.9.0", target_commitish=history.main[2])
    publish(repository, "vault/v1.10.0", target_commitish=history.main[2], make_latest="legacy")
    publish(repository, "vault/v3.0.0", target_commitish=history.main[0], make_latest="legacy")
    assert latest(repository) == "vault/v1.10.0"


def test_saying_no_is_no_promise_where_nothing_was_made_latest(repository: Repository) -> None:
    only = publish(repository, "vault/v1.0.0", make_latest="false")
    assert latest(repository) == "vault/v1.0.0"
    only.update_release("", "", make_latest="true")
    publish(repository, "vault/v2.0.0", make_latest="false")
    assert latest(repository) == "vault/v1.0.0"
    only.update_release("", "", make_latest="false")
    assert latest(repository) == "vault/v2.0.0"


@pytest.mark.parametrize("kind", ["draft", "prerelease"])
def test_drafts_and_prereleases_cannot_be_latest(repository: Repository, kind: str) -> None:
    with refused(422, "Latest release cannot be draft or prerelease."):
        publish(repository, "vault/v1.0.0-rc.1", **{kind: True, "make_latest": "true"})
    release = publish(repository, "vault/v1.0.0-rc.1", **{kind: True, "make_latest": "false"})
    with refused(422, "Latest release cannot be draft or prerelease."):
        release.update_release("", "", kind == "draft", kind == "prerelease", make_latest="true")
    with refused(404):
        repository.get_latest_release()


def test_a_prerelease_published_without_a_word_is_not_the_latest(github_double: GitHubDouble) -> None:
    url, headers = f"{github_double.url}/repos/{NAME}/releases", {"Authorization": f"Bearer {WRITER}"}
    answer = httpx.post(url, json={"tag_name": "vault/v1.0.0-rc.1", "prerelease": True}, headers=headers)
    assert answer.status_code == 201
    assert httpx.get(f"{url}/latest", headers=headers).status_code == 404


def test_when_the_latest_goes_another_takes_its_place(repository: Repository, history: History) -> None:
    publish(repository, "vault/v1.0.0", target_commitish=history.main[1])
    newest = publish(repository, "vault/v2.0.0")
    newest.delete_release()
    assert latest(repository) == "vault/v1.0.0"
