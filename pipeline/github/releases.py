"""GitHub releases: found, made as a draft, filled, published, read back
(https://docs.github.com/rest/releases/releases).

Everything here may be repeated, by one run or by several at once: each step first looks what is there. A draft is
this pipeline's own when it has the tag's name and the commit as its target.
"""

import hashlib
import io
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from pipeline.errors import FORWARD_FIX, GithubUnavailable, NotAuthorized, ReleaseTaken
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.GitRelease import GitRelease
    from github.GitReleaseAsset import GitReleaseAsset
    from github.Repository import Repository


CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file attached to a release."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"

    @property
    def digest(self) -> str:
        """The content's digest, as GitHub writes it."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The release as it should be; ``latest`` is whether it may be marked GitHub's Latest."""

    tag: Tag
    commit: str
    body: str
    latest: bool
    assets: tuple[Asset, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A published release as GitHub has it; ``assets`` are the names of its files, ``open`` is whether it takes more
    of them, which an immutable one does not, and ``files`` are the digests by name, as far as GitHub tells them.
    """

    url: str
    prerelease: bool
    latest: bool
    assets: frozenset[str] = frozenset()
    open: bool = True
    files: tuple[tuple[str, str], ...] = ()

    def lacks(self, name: str) -> bool:
        """Whether a file is missing that can still be added."""
        return self.open and name not in self.assets


def check_access(repository: "Repository") -> None:
    """Raise `NotAuthorized` unless the token may write to the repository."""
    repository.update()
    if repository.permissions is not None and not repository.permissions.push:
        raise NotAuthorized(
            f"The GitHub token may read {repository.full_name}, but not write to it.",
            next="Give it read and write access to the repository's contents (contents: write).",
        )


def find(repository: "Repository", tag: Tag, commit: str) -> Release | None:
    """The published release of this tag, if there is one and it is this commit's.

    Raises `ReleaseTaken` when it is another's, or marked as what it is not.
    """
    release = _published(repository, tag)
    return None if release is None else _checked(repository, release, tag, commit)


def publish(repository: "Repository", plan: Plan) -> Release:
    """Make the release, or finish the half-made one, and give back what is published."""
    release = _published(repository, plan.tag) or _publish(repository, plan)
    made = _checked(repository, release, plan.tag, plan.commit)
    if missing := tuple(asset for asset in plan.assets if made.lacks(asset.name)):
        _attach(release, missing)
    _remove_drafts(repository, plan)
    return _checked(repository, _published(repository, plan.tag) or release, plan.tag, plan.commit)


def body(repository: "Repository", tag: Tag) -> str:
    """What a published release says; nothing where there is none."""
    release = _published(repository, tag)
    return (release.body or "") if release else ""


def content(repository: "Repository", tag: Tag, name: str) -> bytes | None:
    """A file of a published release; None where there is no such file or no such release."""
    release = _published(repository, tag)
    found = next((a for a in release.get_assets() if a.name == name), None) if release else None
    if found is None:
        return None
    _, _, chunks = found.download_asset(chunk_size=CHUNK) or (0, {}, iter(()))
    return b"".join(chunks)


def _publish(repository: "Repository", plan: Plan) -> "GitRelease":
    """Fill the draft and make it visible. Another run may be first: GitHub then refuses a step, and has the release."""
    from github import GithubException

    draft = _draft(repository, plan)
    try:
        _attach(draft, plan.assets)
        _make_visible(draft, plan)
    except GithubException as error:
        if published := _published(repository, plan.tag):
            return published
        if _is_overtaken(error):
            raise _overtaken(plan, error) from error
        raise
    if published := _published(repository, plan.tag):
        return published
    raise GithubUnavailable(
        f"GitHub took the release of {plan.tag}, but does not show it yet.",
        next="Run the same call again: it does only what is missing.",
        passing=True,
    )


def _is_overtaken(error: "GithubException") -> bool:
    """Whether a draft is gone or may not be published, which is another run's doing."""
    return error.status == HTTPStatus.NOT_FOUND or "already_exists" in str(error.data)


def _overtaken(plan: Plan, error: "GithubException") -> GithubUnavailable:
    return GithubUnavailable(
        f"Something else changed the draft release of {plan.tag} while it was filled ({error.status}).",
        next="Run the same call again: it does only what is missing.",
        passing=True,
    )


def _published(repository: "Repository", tag: Tag) -> "GitRelease | None":
    from github import UnknownObjectException

    try:
        return repository.get_release(tag.name)
    except UnknownObjectException:
        return None


def _checked(repository: "Repository", release: "GitRelease", tag: Tag, commit: str) -> Release:
    target = release.target_commitish
    if len(target) == len(commit) and target != commit:
        raise ReleaseTaken(
            f"The GitHub release {tag} is published for {target[:12]}, but the tag points at {commit[:12]}.",
            next=f"It is left as it is: {release.html_url}. {FORWARD_FIX}",
        )
    if release.prerelease != tag.prerelease:
        is_, should = ("a pre-release", "a full release") if release.prerelease else ("a full release", "a pre-release")
        raise ReleaseTaken(
            f"The GitHub release {tag} is marked as {is_}, but its version says {should}.",
            next=f"Correct the mark on {release.html_url}, then run the same call again.",
        )
    return Release(
        url=release.html_url,
        prerelease=release.prerelease,
        latest=_is_latest(repository, release),
        assets=frozenset(asset.name for asset in release.assets if asset.state == "uploaded"),
        open=not release.raw_data.get("immutable"),
        files=tuple((asset.name, _digest_of(asset)) for asset in release.assets if asset.raw_data.get("digest")),
    )


def _is_latest(repository: "Repository", release: "GitRelease") -> bool:
    from github import UnknownObjectException

    try:
        return repository.get_latest_release().id == release.id
    except UnknownObjectException:
        return False


def _drafts(repository: "Repository", plan: Plan) -> "list[GitRelease]":
    """The release's own drafts, oldest first. Only a list shows drafts; get-by-tag does not."""
    drafts = [
        release
        for release in repository.get_releases()
        if release.draft and release.tag_name == plan.tag.name and release.target_commitish == plan.commit
    ]
    return sorted(drafts, key=lambda release: release.id)


def _draft(repository: "Repository", plan: Plan) -> "GitRelease":
    """The one draft that all runs of this tag work on: the oldest."""
    if not _drafts(repository, plan):
        repository.create_git_release(
            plan.tag.name,
            name=plan.tag.name,
            message=plan.body,
            draft=True,
            prerelease=plan.tag.prerelease,
            target_commitish=plan.commit,
            make_latest="false",
        )
    drafts = _drafts(repository, plan)
    if not drafts:
        raise GithubUnavailable(
            f"GitHub took a draft release of {plan.tag}, but does not list it.",
            next="Run the same call again: it does only what is missing.",
            passing=True,
        )
    return drafts[0]


def _attach(draft: "GitRelease", assets: tuple[Asset, ...]) -> None:
    """Attach what is missing or differs; what another run is attaching right now has the same content."""
    from github import GithubException

    there = {asset.name: asset for asset in draft.get_assets()}
    for asset in assets:
        found = there.get(asset.name)
        if (
            found
            and found.state == "uploaded"
            and found.size == len(asset.content)
            and _digest_of(found) == asset.digest
        ):
            continue
        if found:
            found.delete_asset()
        try:
            draft.upload_asset_from_memory(
                io.BytesIO(asset.content), len(asset.content), asset.name, asset.content_type
            )
        except GithubException as error:
            if "already_exists" not in str(error.data):
                raise


def _digest_of(asset: "GitReleaseAsset") -> str:
    return str(asset.raw_data.get("digest"))


def _make_visible(draft: "GitRelease", plan: Plan) -> None:
    """Publish the draft. ``make_latest`` is always said: GitHub's own default is ``true``."""
    draft.update_release(
        plan.tag.name,
        plan.body,
        draft=False,
        prerelease=plan.tag.prerelease,
        tag_name=plan.tag.name,
        target_commitish=plan.commit,
        make_latest="true" if plan.latest else "false",
    )


def _remove_drafts(repository: "Repository", plan: Plan) -> None:
    """Remove this release's other drafts, which runs at the same time made; another run may be at it too."""
    from github import UnknownObjectException

    for draft in _drafts(repository, plan):
        try:
            draft.delete_release()
        except UnknownObjectException:
            continue
