"""Files read and written through the API, as commits in the real git repository."""

import httpx
import pytest
from github import Github, InputGitAuthor
from github.ContentFile import ContentFile
from github.Repository import Repository

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import refused
from tests.demo.conftest import NAME, WRITER
from tests.demo.github_history import History


def file_at(repository: Repository, path: str, ref: str = "main") -> ContentFile:
    found = repository.get_contents(path, ref=ref)
    assert isinstance(found, ContentFile)
    return found


def test_a_file_is_read_at_any_ref(repository: Repository) -> None:
    assert file_at(repository, "a.txt").decoded_content == b"5\n"
    assert file_at(repository, "a.txt", "vault/v0.1.0").decoded_content == b"1\n"
    assert (file_at(repository, "src/5.txt").size, file_at(repository, "src/5.txt").name) == (4, "5.txt")


def test_a_directory_is_listed(repository: Repository) -> None:
    root = repository.get_contents("")
    assert isinstance(root, list)
    assert [(entry.path, entry.type) for entry in root] == [("a.txt", "file"), ("src", "dir")]
    source = repository.get_contents("src", ref="side")
    assert isinstance(source, list)
    assert [entry.path for entry in source] == ["src/1.txt", "src/2.txt"]


def test_what_is_not_there_is_not_found(repository: Repository) -> None:
    with refused(404, "Not Found"):
        repository.get_contents("none.txt")
    with refused(404, "No commit found for the ref"):
        repository.get_contents("a.txt", ref="no-such")


def test_a_file_is_created_by_a_commit(repository: Repository, history: History) -> None:
    author = InputGitAuthor("Release Bot", "bot@example.com")
    result = repository.create_file("deploy/vault.yaml", "Promote vault\n\nbecause", "tag: v1\n", author=author)
    commit = result["commit"]
    assert history.sha("main") == commit.sha
    assert (
        history.git("log", "-1", "--format=%P|%an|%ae|%cn") == f"{history.main[-1]}|Release Bot|bot@example.com|writer"
    )
    assert history.git("show", "main:deploy/vault.yaml") == "tag: v1"
    assert history.git("show", "main:src/5.txt") == "new"


def test_a_file_is_updated_only_by_those_who_saw_it(repository: Repository, history: History) -> None:
    old = file_at(repository, "a.txt")
    repository.update_file("a.txt", "one", "changed", old.sha)
    with refused(409, f"a.txt does not match {old.sha}"):
        repository.update_file("a.txt", "two", "changed again", old.sha)
    with refused(422, '"sha" wasn\'t supplied'):
        repository.create_file("a.txt", "three", "changed again")
    assert history.git("show", "main:a.txt") == "changed"


def test_a_branch_is_written_to_if_it_is_there(repository: Repository, history: History) -> None:
    repository.create_file("new.txt", "m", "x", branch="side")
    assert history.git("show", "side:new.txt") == "x"
    with refused(404, "Branch no-such not found"):
        repository.create_file("new.txt", "m", "x", branch="no-such")


def test_content_is_base64(github_double: GitHubDouble) -> None:
    url, headers = f"{github_double.url}/repos/{NAME}/contents/x", {"Authorization": f"Bearer {WRITER}"}
    answer = httpx.put(url, json={"message": "m", "content": "a"}, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (422, "content is not valid Base64")


def test_raw_content_is_the_file_itself(github_double: GitHubDouble) -> None:
    url = f"{github_double.url}/repos/{NAME}/contents/a.txt"
    assert httpx.get(url, headers={"Accept": "application/vnd.github.raw+json"}).content == b"5\n"


@pytest.mark.parametrize("path", [".git/config", "a.txt/below", "src"])
def test_a_path_that_git_does_not_take_is_refused(repository: Repository, path: str) -> None:
    with refused(422):
        repository.create_file(path, "m", "x")


def test_writing_needs_push(reader: Github) -> None:
    with refused(403):
        reader.get_repo(NAME).create_file("x", "m", "x")
