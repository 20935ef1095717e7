"""Generated release notes."""

import pytest
from github import Github
from github.Repository import Repository

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import refused
from tests.demo.conftest import NAME
from tests.demo.github_history import History


@pytest.fixture(autouse=True)
def _merged(github_double: GitHubDouble, history: History) -> None:
    for number, title in ((1, "Second"), (3, "Fourth")):
        commit, base = history.main[number], history.main[number - 1]
        github_double.add_merged_pull(NAME, title=title, commit=commit, base_commit=base, login="reader")


def test_notes_go_back_to_the_tag_that_is_named(repository: Repository) -> None:
    notes = repository.generate_release_notes("vault/v0.3.0", "vault/v0.1.0", "main")
    assert notes.name == "vault/v0.3.0"
    assert "* Second by @reader in" in notes.body
    assert "* Fourth by @reader in" in notes.body
    assert notes.body.endswith(f"/{NAME}/compare/vault/v0.1.0...vault/v0.3.0")
    later = repository.generate_release_notes("vault/v0.3.0", "vault/v0.2.0", "main")
    assert "Second" not in later.body


def test_without_one_they_go_back_to_the_latest_release_of_any_service(repository: Repository) -> None:
    assert "/commits/api/v0.1.0" in repository.generate_release_notes("api/v0.1.0").body
    repository.create_git_release("vault/v0.2.0", "", "")
    notes = repository.generate_release_notes("api/v0.1.0")
    assert "compare/vault/v0.2.0...api/v0.1.0" in notes.body


def test_what_is_not_there_is_refused(repository: Repository) -> None:
    with refused(422, "Invalid previous_tag parameter"):
        repository.generate_release_notes("vault/v0.3.0", "vault/v9.9.9")
    with refused(422, "Invalid target_commitish parameter"):
        repository.generate_release_notes("vault/v0.3.0", target_commitish="no-such")


def test_a_release_can_have_them_made(repository: Repository) -> None:
    release = repository.create_git_release("vault/v0.3.0", message="Hello", name="", generate_release_notes=True)
    assert release.name == "vault/v0.3.0"
    assert release.body.startswith("Hello\n\n**Full Changelog**")


def test_they_need_push(reader: Github) -> None:
    with refused(403):
        reader.get_repo(NAME).generate_release_notes("vault/v0.3.0")
