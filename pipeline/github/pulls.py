"""Pull requests (https://docs.github.com/rest/pulls/pulls)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import GithubUnavailable

if TYPE_CHECKING:
    from github.PullRequest import PullRequest
    from github.Repository import Repository

BODY_LIMIT = 65_536
"""Characters GitHub takes as a pull request's body."""

NOTHING_NEW = "No commits between"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """An open pull request: its number, its page, and its branch."""

    number: int
    url: str
    branch: str


def find(repository: "Repository", branch: str, base: str) -> Pull | None:
    """The open pull request from a branch of this repository, if there is one."""
    owner = repository.full_name.partition("/")[0]
    for pull in repository.get_pulls(state="open", head=f"{owner}:{branch}", base=base):
        # GitHub ignores a head that it does not understand, and then lists all.
        if pull.head.ref == branch:
            return _pull(pull)
    return None


def starting_with(repository: "Repository", prefix: str, base: str) -> list[Pull]:
    """The open pull requests whose branches start so, oldest first."""
    pulls = repository.get_pulls(state="open", base=base, sort="created", direction="asc")
    return [_pull(pull) for pull in pulls if pull.head.ref.startswith(prefix)]


def open_one(repository: "Repository", branch: str, base: str, *, title: str, body: str) -> Pull:
    """Open a pull request. GitHub refuses a second one from the same branch: the one that is there is given back.

    Raises `GithubUnavailable`, as a passing fault, when the branch has nothing that ``base`` has not: another run has
    just begun it anew.
    """
    from github import GithubException

    try:
        return _pull(repository.create_pull(base, branch, title=title, body=body))
    except GithubException as error:
        if there := find(repository, branch, base):
            return there
        if NOTHING_NEW in str(error.data):
            raise GithubUnavailable(
                f"Something else moved GitHub's branch {branch} while its pull request was opened.",
                next="Run the same call again: it does only what is missing.",
                passing=True,
            ) from error
        raise


def _pull(pull: "PullRequest") -> Pull:
    return Pull(number=pull.number, url=pull.html_url, branch=pull.head.ref)
