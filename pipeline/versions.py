"""Which version comes next: arithmetic on a service's own tags, in SemVer's order (https://semver.org/#spec-item-11)."""

import re
from collections.abc import Collection
from enum import StrEnum

from semver import Version

from pipeline.errors import BadFlag, FirstRelease, OlderVersion, shown
from pipeline.tag import Tag


class Bump(StrEnum):
    """Which number of a version goes up (https://semver.org/#summary)."""

    patch = "patch"
    minor = "minor"
    major = "major"


LABEL = re.compile(r"(?=.*[A-Za-z])[0-9A-Za-z-]+", re.ASCII)


def counted(tags: Collection[Tag]) -> list[Tag]:
    """The tags that are releases, lowest first: ``v0.0.0`` and what leads to it is how tools try a tag out."""
    return sorted((tag for tag in tags if tag.version.finalize_version() > Version(0)), key=lambda tag: tag.version)


def highest_stable(tags: Collection[Tag]) -> Tag | None:
    """The highest version that is not a pre-release."""
    return max((tag for tag in tags if not tag.prerelease), key=lambda tag: tag.version, default=None)


def previous(tag: Tag, tags: Collection[Tag]) -> Tag | None:
    """The release before this one: the highest lower version of the same service, its own candidates left out
    when this one is stable.
    """
    lower = [t for t in counted(tags) if t.version < tag.version and (tag.prerelease or not t.prerelease)]
    return lower[-1] if lower else None


def is_latest(tag: Tag, tags: Collection[Tag]) -> bool:
    """Whether this is the highest stable version of its service."""
    return not tag.prerelease and all(t.prerelease or t.version <= tag.version for t in tags)


def next_tag(service: str, tags: Collection[Tag], *, bump: Bump | None = None, label: str | None = None) -> Tag:
    """The tag that follows a service's ``tags``.

    After a stable version, its ``bump`` (patch unless said). After a candidate, the version it is a candidate for,
    unless ``bump`` reaches higher. With ``label``, the next candidate for that version: ``v1.3.0-rc.2``. Raises
    `FirstRelease` without tags to follow, `BadFlag` for an impossible label, `BadTag` for one that is too long.
    """
    releases = counted(tags)
    if not releases:
        raise FirstRelease(
            f"{service} has no release yet, so there is no version to follow.",
            next=f"Name its first one: pipeline tag {service}@v0.1.0.",
        )
    version = releases[-1].version.next_version(bump or Bump.patch)
    if label is not None:
        version = version.replace(prerelease=f"{_valid(label)}.{_last_number(releases, version, label) + 1}")
    return Tag.parse(f"{service}/v{version}")


def made_before(
    service: str, tags: Collection[Tag], here: Collection[Tag], *, bump: Bump | None, label: str | None
) -> Tag | None:
    """The tag among ``here``, the tags of the very commit, that the same request made when it ran before.

    That is one which `next_tag` gives when it is not there yet. So a request that is repeated, because it was cut
    short, does not count on.
    """
    for tag in counted(here):
        others = [other for other in counted(tags) if other != tag]
        if others and next_tag(service, others, bump=bump, label=label) == tag:
            return tag
    return None


def check_order(tag: Tag, tags: Collection[Tag]) -> None:
    """Raise `OlderVersion` for a version below the highest stable one."""
    highest = highest_stable(tags)
    if highest and tag.version < highest.version:
        raise OlderVersion(
            f"{tag} is lower than {highest}, which is out already.",
            next="Take a higher version, or add --force-older where an old line needs a fix.",
        )


def _valid(label: str) -> str:
    if not LABEL.fullmatch(label):
        raise BadFlag(
            f"{shown(label)} cannot be a pre-release label.",
            next="A label is one word of letters, digits and hyphens, such as beta; its number is found for it.",
        )
    return label


def _last_number(tags: Collection[Tag], version: Version, label: str) -> int:
    """The highest number that a candidate for this version has behind ``label``; 0 when there is none."""
    pattern = re.compile(rf"{re.escape(label)}\.([0-9]+)(\..*)?")
    candidates = [
        tag.version.prerelease or "" for tag in tags if tag.version.finalize_version() == version.finalize_version()
    ]
    return max((int(found[1]) for text in candidates if (found := pattern.fullmatch(text))), default=0)
