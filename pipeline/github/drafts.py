"""The draft of a release that all runs of one tag work on (https://docs.github.com/rest/releases/releases).

A draft is this pipeline's own when it has the tag's name and the commit as its target. Several can be made at once;
all runs take the oldest. What is new can be missing in GitHub's lists for a while, so that a run counts its own draft
whether it is listed or not, and looks for older ones once more as late as it can.
"""

from typing import TYPE_CHECKING

from pipeline.errors import GithubUnavailable
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.GitRelease import GitRelease
    from github.Repository import Repository

UNFINISHED = "This release is being made; what it has in it follows."


class Election:
    """One run's part in electing the draft.

    It remembers the draft that it works on, whether it has made that, and all drafts of the release that it has seen.
    """

    def __init__(self) -> None:
        self._number: int | None = None
        self._is_new = False
        self._seen: set[int] = set()

    def draft(self, repository: "Repository", tag: Tag, commit: str) -> "GitRelease | None":
        """The oldest draft, which is made where there is none; None where the one remembered is gone or published by
        now, after which another is elected.
        """
        if self._number is not None:
            known = by_number(repository, self._number)
            if known is None:
                self._number = None
            return known
        drafts = own(repository, tag, commit)
        draft = drafts[0] if drafts else _make(repository, tag, commit)
        self._number, self._is_new = draft.id, not drafts
        self._seen |= {draft.id, *(other.id for other in drafts)}
        return draft

    def finds_older(self, repository: "Repository", tag: Tag, commit: str) -> bool:
        """Whether another run's draft turns out to be older than the one made here; that is gone on with then.

        It is looked for once, as a list is all the releases that there are.
        """
        if self._number is None or not self._is_new:
            return False
        listed = {draft.id for draft in own(repository, tag, commit)}
        self._seen |= listed
        self._is_new = False
        oldest = min(listed, default=self._number)
        if oldest >= self._number:
            return False
        self._number = oldest
        return True

    def remove_others(self, repository: "Repository", release: int) -> None:
        """Remove the drafts that runs at the same time made, once ``release`` is published; another run may be at it too."""
        from github import UnknownObjectException

        for number in sorted(self._seen - {release}):
            try:
                if draft := by_number(repository, number):
                    draft.delete_release()
            except UnknownObjectException:
                continue


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


def _make(repository: "Repository", tag: Tag, commit: str) -> "GitRelease":
    return repository.create_git_release(
        tag.name,
        name=tag.name,
        message=UNFINISHED,
        draft=True,
        prerelease=tag.prerelease,
        target_commitish=commit,
        make_latest="false",
    )


def is_taken(error: "GithubException") -> bool:
    """Whether GitHub says that something of that name is there already."""
    return "already_exists" in str(error.data)


def overtaken(tag: Tag) -> GithubUnavailable:
    """A draft is gone or may not be published, which is another run's doing."""
    return GithubUnavailable(
        f"Something else changed GitHub's draft release of {tag} while it was filled.",
        next="Run the same call again: it does only what is missing.",
        passing=True,
    )
