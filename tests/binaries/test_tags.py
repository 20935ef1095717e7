"""Dist-tags: what somebody who names no version installs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from pipeline.binaries.tags import LATEST, NEXT, OTHER, dist_tag, versions


@pytest.mark.parametrize(
    ("version", "others", "tag"),
    [
        ("1.0.0", [], "latest"),
        ("1.0.1", ["1.0.0"], "latest"),
        ("1.0.1", ["1.1.0"], "backport"),
        ("1.0.1", ["1.1.0-rc.1"], "latest"),
        ("1.1.0-rc.1", ["1.0.0"], "next"),
        ("1.1.0-rc.1", ["1.1.0-rc.2"], "backport"),
        ("1.1.0-rc.1", ["1.1.0"], "backport"),
        ("1.10.0", ["1.9.0"], "latest"),
    ],
)
def test_dist_tag(version: str, others: list[str], tag: str) -> None:
    assert dist_tag(Version.parse(version), versions(others)) == tag


numbers = st.integers(0, 3)
a_version = st.builds(Version, numbers, numbers, numbers, st.none() | st.sampled_from(["rc.1", "rc.2", "beta"]))


@given(st.lists(a_version, unique=True, min_size=1))
def test_released_in_any_order_the_highest_ends_up_with_each_tag(order: list[Version]) -> None:
    tags: dict[str, Version] = {}
    for position, version in enumerate(order):
        tags[dist_tag(version, order[:position])] = version
    stable = [version for version in order if version.prerelease is None]
    assert tags.get(LATEST) == max(stable, default=None)
    if NEXT in tags:
        assert tags[NEXT].prerelease is not None
    assert set(tags) <= {LATEST, NEXT, OTHER}
