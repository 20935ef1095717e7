"""GitHub's releases, read all at once or one by one (https://docs.github.com/rest/releases/releases)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.github.api import Github
from pipeline.github.lanes import in_lanes
from pipeline.github.releases import RECORD
from pipeline.journal import part, parts
from pipeline.status.rows import ReleaseStatus
from pipeline.status.unread import Unread
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.GitRelease import GitRelease
    from github.Repository import Repository

PAGE = 100
"""Releases per request: the most that GitHub gives."""

COMMIT_LENGTHS = (40, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One release as GitHub lists it; ``target`` is a commit or a branch, ``assets`` are file names."""

    tag: str
    url: str
    draft: bool
    prerelease: bool
    target: str
    assets: frozenset[str]
    published_at: str | None


@dataclass(frozen=True, slots=True)
class Releases:
    """Published releases and drafts by tag, and the tag of the one that GitHub shows as Latest."""

    published: dict[str, Listed]
    drafts: dict[str, list[Listed]]
    latest: str | None

    @classmethod
    def of(cls, releases: Iterable[Listed], latest: str | None) -> "Releases":
        """Releases sorted by what they are."""
        published: dict[str, Listed] = {}
        drafts: defaultdict[str, list[Listed]] = defaultdict(list)
        for release in releases:
            if release.draft:
                drafts[release.tag].append(release)
            else:
                published[release.tag] = release
        return cls(published, dict(drafts), latest)


async def every(github: Github) -> Releases:
    """All releases of the repository, drafts too where the token may see them."""
    first, pages, latest = await github.call(_first)
    parts(pages)
    rest = await in_lanes(github, range(1, pages), _page)
    return Releases.of((release for page in (first, *rest) for release in page), latest)


async def only(github: Github, tag: Tag) -> Releases:
    """The one published release of a tag; get-by-tag sees no drafts."""

    def read(repository: "Repository") -> Releases:
        from github import UnknownObjectException

        try:
            return Releases.of([_listed(repository.get_release(tag.name))], _latest(repository))
        except UnknownObjectException:
            return Releases({}, {}, None)

    return await github.call(read)


def status(releases: Releases | Unread, tag: Tag, commit: str) -> ReleaseStatus:
    """Where one tag's release stands."""
    if isinstance(releases, Unread):
        return ReleaseStatus(state=releases.state, detail=releases.detail)
    release = releases.published.get(tag.name)
    if release is None:
        drafts = releases.drafts.get(tag.name, [])
        detail = f"{len(drafts)} drafts" if len(drafts) > 1 else ""
        return ReleaseStatus(state="draft" if drafts else "missing", detail=detail)
    problem = _problem(release, tag, commit)
    return ReleaseStatus(
        state="other" if problem else "published",
        url=release.url,
        prerelease=release.prerelease,
        latest=releases.latest == tag.name,
        record=RECORD in release.assets,
        published_at=release.published_at,
        detail=problem,
    )


def _problem(release: Listed, tag: Tag, commit: str) -> str:
    if len(release.target) in COMMIT_LENGTHS and release.target != commit:
        return f"published for {release.target[:12]}, but the tag points at {commit[:12]}"
    if release.prerelease != tag.prerelease:
        return "marked as a pre-release" if release.prerelease else "not marked as a pre-release"
    return ""


def _first(repository: "Repository") -> tuple[list[Listed], int, str | None]:
    page = _page(repository, 0)
    total = repository.get_releases().totalCount if len(page) == PAGE else len(page)
    return page, -(-total // PAGE), _latest(repository)


def _page(repository: "Repository", number: int) -> list[Listed]:
    with part(f"releases, page {number + 1}"):
        return [_listed(release) for release in repository.get_releases().get_page(number)]


def _latest(repository: "Repository") -> str | None:
    from github import UnknownObjectException

    try:
        return repository.get_latest_release().tag_name
    except UnknownObjectException:
        return None


def _listed(release: "GitRelease") -> Listed:
    return Listed(
        tag=release.tag_name,
        url=release.html_url,
        draft=release.draft,
        prerelease=release.prerelease,
        target=release.target_commitish,
        assets=frozenset(asset.name for asset in release.assets),
        published_at=release.published_at.isoformat() if release.published_at else None,
    )
