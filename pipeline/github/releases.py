"""GitHub releases as they are: found, held to their tags, and read (https://docs.github.com/rest/releases/releases)."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import FORWARD_FIX, NotAuthorized, ReleaseTaken
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.GitRelease import GitRelease
    from github.GitReleaseAsset import GitReleaseAsset
    from github.Repository import Repository


CHUNK = 64 * 1024

RECORD = "release.json"
"""The file that every release of this pipeline has, see `pipeline.record`."""


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
    release = published(repository, tag)
    return None if release is None else checked(repository, release, tag, commit)


def body(repository: "Repository", tag: Tag) -> str:
    """What a published release says; nothing where there is none."""
    release = published(repository, tag)
    return (release.body or "") if release else ""


def content(repository: "Repository", tag: Tag, name: str) -> bytes | None:
    """A file of a published release; None where there is no such file or no such release."""
    release = published(repository, tag)
    found = next((a for a in release.get_assets() if a.name == name), None) if release else None
    if found is None:
        return None
    _, _, chunks = found.download_asset(chunk_size=CHUNK) or (0, {}, iter(()))
    return b"".join(chunks)


def published(repository: "Repository", tag: Tag) -> "GitRelease | None":
    """The published release of a tag as GitHub has it; get-by-tag sees no drafts."""
    from github import UnknownObjectException

    try:
        return repository.get_release(tag.name)
    except UnknownObjectException:
        return None


def checked(repository: "Repository", release: "GitRelease", tag: Tag, commit: str) -> Release:
    """The release as a value. Raises `ReleaseTaken` when it is another commit's, or marked as what it is not."""
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
        files=tuple((asset.name, digest) for asset in release.assets if (digest := digest_of(asset))),
    )


def _is_latest(repository: "Repository", release: "GitRelease") -> bool:
    from github import UnknownObjectException

    try:
        return repository.get_latest_release().id == release.id
    except UnknownObjectException:
        return False


def digest_of(asset: "GitReleaseAsset") -> str | None:
    """The digest of a file; None where this GitHub, such as an older server of an enterprise's own, tells none."""
    digest = asset.raw_data.get("digest")
    return digest if isinstance(digest, str) else None
