"""Files and branches of a repository (https://docs.github.com/rest/repos/contents, https://docs.github.com/rest/git/refs)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from github.GitRef import GitRef
    from github.Repository import Repository


@dataclass(frozen=True, slots=True)
class File:
    """A file's text, and the blob it is, which GitHub wants back when the file is changed."""

    path: str
    text: str
    blob: str


def default_branch(repository: "Repository") -> str:
    """The repository's main branch; also tells a repository that the token may not see from a missing file."""
    repository.update()
    return repository.default_branch


def get(repository: "Repository", path: str, ref: str) -> File | None:
    """A text file at a branch or commit; None where there is no such file."""
    from github import UnknownObjectException

    try:
        file = repository.get_contents(path, ref=ref)
    except UnknownObjectException:
        return None
    if isinstance(file, list) or file.encoding != "base64":
        return None
    return File(path, file.decoded_content.decode("utf-8", errors="surrogateescape"), file.sha)


def put(repository: "Repository", file: File, text: str, *, branch: str, message: str) -> None:
    """Commit a file's new text to a branch, on top of the blob that was read; it may have been done by now."""
    from github import GithubException

    content = text.encode("utf-8", errors="surrogateescape")
    try:
        repository.update_file(file.path, message, content, file.blob, branch=branch)
    except GithubException:
        there = get(repository, file.path, branch)
        if there is None or there.text != text:
            raise


def tip(repository: "Repository", branch: str) -> str | None:
    """The commit that a branch points at; None where there is no such branch."""
    ref = _ref(repository, branch)
    return ref.object.sha if ref else None


def point(repository: "Repository", branch: str, commit: str) -> None:
    """Let a branch of the pipeline's own start at a commit, whatever was on it before."""
    from github import GithubException

    if ref := _ref(repository, branch):
        ref.edit(commit, force=True)
        return
    try:
        repository.create_git_ref(f"refs/heads/{branch}", commit)
    except GithubException:
        if _ref(repository, branch) is None:
            raise


def _ref(repository: "Repository", branch: str) -> "GitRef | None":
    from github import UnknownObjectException

    ref = repository.get_git_ref(f"heads/{branch}")
    try:
        # Until it is read, a reference has an address that cannot be written to.
        ref.update()
    except UnknownObjectException:
        return None
    return ref
