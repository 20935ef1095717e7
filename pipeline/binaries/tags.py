"""Which dist-tag a version is published under (npm documentation, "Adding dist-tags to packages").

Publishing sets a dist-tag in the same request, so that none is ever missing or wrong for a moment; afterwards a tag
only moves away from a version that it should not have been given.
"""

from collections.abc import Iterable

from semver import Version

LATEST = "latest"
NEXT = "next"
OTHER = "backport"
"""For what is neither: npm does not publish without a tag, and this one nobody installs by default."""


def dist_tag(version: Version, others: Iterable[Version]) -> str:
    """The dist-tag for a version beside ``others``, which are published or about to be.

    ``latest`` is the highest stable version, ``next`` the highest pre-release above it; all else is a backport.
    """
    higher = [other for other in others if other > version]
    if version.prerelease is None:
        return OTHER if any(other.prerelease is None for other in higher) else LATEST
    return OTHER if higher else NEXT


def versions(names: Iterable[str]) -> list[Version]:
    """The valid versions among strings."""
    return [Version.parse(name) for name in names if Version.is_valid(name)]
