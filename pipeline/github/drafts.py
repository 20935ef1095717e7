"""The draft of a release that all runs of one tag work on (https://docs.github.com/rest/releases/releases).

A draft is this pipeline's own when it has the tag's name and the commit as its target. Several can be made at once;
all runs take the oldest.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import GithubUnavailable
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.GitRelease import GitRelease
    from github.Repository import Repository

UNFINISHED = "This release is being made; what it has in it follows."


@dataclass(frozen=True, slots=True)
class Elected:
    """The draft that all runs work on, and whether this very look has made it."""

    draft: "GitRelease"
    made: bool


def own(repository: "Repository", tag: Tag, commit: str) -> "list[GitRelease]":
    """The release's own drafts, oldest first. Only a list shows drafts; get-by-tag does not."""
    drafts = [
        release
        for release in repository.get_releases()
        if release.draft and release.tag_name == tag.name and release.target_commitish == commit
    ]
    return sorted(drafts, key=lambda release: release.id)


def by_number(repository: "Repository", number: int) -> "GitRelease | None":
    """A draft, in one request; None where it is gone, or published by now."""
    from github import UnknownObjectException

    release = repository.get_release(number)
    try:
        # Only now it is asked for.
        return release if release.draft else None
    except UnknownObjectException:
        return None


def elected(repository: "Repository", tag: Tag, commit: str) -> Elected:
    """The oldest draft; where there is none, one is made, and it is looked again who was first."""
    if drafts := own(repository, tag, commit):
        return Elected(drafts[0], made=False)
    made = repository.create_git_release(
        tag.name,
        name=tag.name,
        message=UNFINISHED,
        draft=True,
        prerelease=tag.prerelease,
        target_commitish=commit,
        make_latest="false",
    )
    drafts = own(repository, tag, commit)
    if not drafts:
        raise GithubUnavailable(
            f"GitHub took a draft release of {tag}, but does not list it.",
            next="Run the same call again: it does only what is missing.",
            passing=True,
        )
    return Elected(drafts[0], made=drafts[0].id == made.id)


def remove(repository: "Repository", tag: Tag, commit: str) -> None:
    """Remove the release's drafts, which runs at the same time made; another run may be at it too."""
    from github import UnknownObjectException

    for draft in own(repository, tag, commit):
        try:
            draft.delete_release()
        except UnknownObjectException:
            continue


def is_taken(error: "GithubException") -> bool:
    """Whether GitHub says that something of that name is there already."""
    return "already_exists" in str(error.data)


def overtaken(tag: Tag, status: int) -> GithubUnavailable:
    """A draft is gone or may not be published, which is another run's doing."""
    return GithubUnavailable(
        f"Something else changed GitHub's draft release of {tag} while it was filled ({status}).",
        next="Run the same call again: it does only what is missing.",
        passing=True,
    )
