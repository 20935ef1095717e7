"""Which release is the latest (https://docs.github.com/rest/releases/releases#get-the-latest-release)."""

from datetime import datetime

from semver import Version

from pipeline.demo.github.store import MakeLatest, Release, Repository


def latest_release(repository: Repository) -> Release | None:
    """Return the release that was made latest, or else the one with the newest commit; never a draft or pre-release.

    Where none was made latest, even one that was published with ``make_latest`` ``false`` can turn out to be it.
    """
    candidates = [release for release in repository.releases.values() if _can_be_latest(release)]
    chosen = [release for release in candidates if release.id == repository.latest_id]
    return max(chosen or candidates, key=_rank, default=None)


def make_latest(repository: Repository, release: Release, how: MakeLatest) -> None:
    """Do what ``make_latest`` asks for a release that is published."""
    if how == "true":
        repository.latest_id = release.id
    elif how == "legacy" or repository.latest_id == release.id:
        repository.latest_id = None


def _can_be_latest(release: Release) -> bool:
    return not (release.draft or release.prerelease)


def _rank(release: Release) -> tuple[datetime, Version]:
    text = release.tag_name.rpartition("/")[2].removeprefix("v")
    return release.created_at, Version.parse(text) if Version.is_valid(text) else Version(0)
