"""What is wrong with a release tag, judged from what was read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from pipeline import versions
from pipeline.status.present import Present
from pipeline.status.released import Releases
from pipeline.status.unread import Unread
from pipeline.tag import Tag

Kind = Literal["no-image", "no-packages", "some-packages", "no-release", "draft-only", "pre-release-flag", "latest"]


class Finding(Struct, frozen=True, kw_only=True):
    """One tag that is stranded: what is wrong with it, and the call that mends it."""

    tag: str
    service: str
    kinds: tuple[Kind, ...]
    detail: str
    mend: str


@dataclass(frozen=True, slots=True)
class Readings:
    """What an audit judges: every service's tags, which of them have what it ships, and the releases."""

    tags: dict[str, list[Tag]]
    artifacts: dict[str, Present | Unread]
    releases: Releases | Unread


def missing(tag: Tag, readings: Readings) -> tuple[Kind, ...]:
    """Which of its artifacts a tag does not have, as far as that is known."""
    artifacts, releases = readings.artifacts[tag.service], readings.releases
    kinds: list[Kind] = []
    if isinstance(artifacts, Present) and tag not in artifacts.whole:
        kinds.append("some-packages" if tag in artifacts.partial else _NONE[artifacts.kind])
    if isinstance(releases, Releases) and tag.name not in releases.published:
        kinds.append("draft-only" if tag.name in releases.drafts else "no-release")
    return tuple(kinds)


_NONE: dict[str, Kind] = {"image": "no-image", "cli": "no-packages"}
"""What a tag without anything lacks, by its service's kind."""

_SAID: dict[Kind, str] = {
    "no-image": "no image",
    "no-packages": "no npm packages",
    "some-packages": "only some of its npm packages",
    "no-release": "no release",
    "draft-only": "only a draft release",
}


def unfinished(tag: Tag, kinds: tuple[Kind, ...], off_main: frozenset[Tag]) -> Finding:
    """A tag without all its artifacts, and what to do: release it, or tag what is on main."""
    detail = ", ".join(_SAID[kind] for kind in kinds)
    mend = f"pipeline release --tag {tag}"
    if tag in off_main:
        detail, mend = f"{detail}; its commit is not on main", f"pipeline tag {tag.service}"
    return Finding(tag=tag.name, service=tag.service, kinds=kinds, detail=detail, mend=mend)


def wrongly_marked(readings: Readings, repository: str) -> Iterator[Finding]:
    """Releases whose pre-release mark is not what their version says."""
    if isinstance(readings.releases, Unread):
        return
    for tag in (tag for tags in readings.tags.values() for tag in tags):
        release = readings.releases.published.get(tag.name)
        if release is None or release.prerelease == tag.prerelease:
            continue
        flag = str(tag.prerelease).lower()
        yield Finding(
            tag=tag.name,
            service=tag.service,
            kinds=("pre-release-flag",),
            detail=f"its release is {'' if release.prerelease else 'not '}marked as a pre-release",
            mend=f"gh release edit {tag} --repo {repository} --prerelease={flag}",
        )


def wrong_latest(readings: Readings, services: Sequence[str], repository: str) -> Iterator[Finding]:
    """GitHub has one Latest for the whole repository: it is right on the highest stable release of a service that may
    be Latest.
    """
    releases = readings.releases
    if isinstance(releases, Unread) or releases.latest is None:
        return
    highest = {name: versions.highest_stable(_published(readings.tags[name], releases)) for name in readings.tags}
    tag = next((tag for tags in readings.tags.values() for tag in tags if tag.name == releases.latest), None)
    if tag is None or (tag == highest[tag.service] and tag.service in services):
        return
    better = highest[tag.service] if tag.service in services else _newest(releases, highest, services)
    yield Finding(
        tag=tag.name,
        service=tag.service,
        kinds=("latest",),
        detail=f"GitHub shows it as Latest, which should be {better}" if better else "it should not be GitHub's Latest",
        mend=f"gh release edit {better or tag} --repo {repository} --latest{'' if better else '=false'}",
    )


def _newest(releases: Releases, highest: dict[str, Tag | None], services: Sequence[str]) -> Tag | None:
    """Among services that may be Latest, the highest stable release that was published last."""
    candidates = [tag for name, tag in highest.items() if tag and name in services]
    return max(candidates, key=lambda tag: releases.published[tag.name].published_at or "", default=None)


def _published(tags: Sequence[Tag], releases: Releases) -> list[Tag]:
    return [tag for tag in tags if tag.name in releases.published]
