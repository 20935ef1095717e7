"""Repositories with immutable releases on."""

import io

import pytest
from github.GitRelease import GitRelease
from github.Repository import Repository

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import refused
from tests.demo.conftest import NAME
from tests.demo.github_history import History

TAG = "cli/v1.0.0"


@pytest.fixture
def release(github_double: GitHubDouble, repository: Repository) -> GitRelease:
    """A published, immutable release with one asset, attached while it was a draft."""
    github_double.store.repositories[NAME].immutable_releases = True
    draft = repository.create_git_release(TAG, TAG, "", draft=True, make_latest="false")
    attach(draft, "one.txt")
    assert not draft.immutable
    return draft.update_release(TAG, "", draft=False)


def attach(release: GitRelease, name: str) -> None:
    release.upload_asset_from_memory(io.BytesIO(b"data"), 4, name)


def test_publishing_makes_it_immutable(release: GitRelease) -> None:
    assert release.immutable
    assert [asset.name for asset in release.get_assets()] == ["one.txt"]


def test_assets_stay_as_they_are(release: GitRelease) -> None:
    with refused(422, "Cannot upload assets to an immutable release"):
        attach(release, "two.txt")
    asset = release.get_assets()[0]
    with refused(422, "Cannot delete asset from an immutable release"):
        asset.delete_asset()
    with refused(422, "immutable release"):
        asset.update_asset("renamed.txt")


def test_notes_and_flags_can_be_edited(release: GitRelease) -> None:
    edited = release.update_release("name", "better notes", prerelease=True)
    assert (edited.body, edited.prerelease, edited.immutable) == ("better notes", True, True)
    assert edited.update_release("name", "", make_latest="legacy").immutable


def test_state_and_tag_cannot(release: GitRelease) -> None:
    with refused(422, "state cannot be changed when release is immutable"):
        release.update_release(TAG, "", draft=True)
    with refused(422, "tag_name cannot be changed"):
        release.update_release(TAG, "", tag_name="cli/v1.0.1")


def test_its_tag_cannot_be_moved_or_deleted(repository: Repository, release: GitRelease, history: History) -> None:
    ref = repository.get_git_ref(f"tags/{TAG}")
    with refused(422, "rule violations"):
        ref.delete()
    with refused(422, "rule violations"):
        ref.edit(history.main[0], force=True)
    assert history.sha(TAG) == history.main[-1]


def test_the_tag_of_a_deleted_one_is_burned(repository: Repository, release: GitRelease, history: History) -> None:
    release.delete_release()
    with refused(422, "tag_name was used by an immutable release", "Published releases must have a valid tag"):
        repository.create_git_release(TAG, TAG, "")
    repository.get_git_ref(f"tags/{TAG}").delete()
    with refused(422, "tag_name was used by an immutable release"):
        repository.create_git_release(TAG, TAG, "")
    with refused(422, "rule violations"):
        repository.create_git_ref(f"refs/tags/{TAG}", history.main[0])


def test_releases_from_before_stay_mutable(github_double: GitHubDouble, repository: Repository) -> None:
    old = repository.create_git_release("cli/v0.9.0", "", "")
    github_double.store.repositories[NAME].immutable_releases = True
    attach(old, "late.txt")
    assert not repository.get_release(old.id).immutable
