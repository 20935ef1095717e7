"""Version arithmetic, against SemVer's own ordering rules."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from semver import Version

from pipeline.errors import BadFlag, BadTag, FirstRelease, OlderVersion
from pipeline.tag import Tag
from pipeline.versions import Bump, check_order, counted, highest_stable, made_before, next_tag

numbers = st.integers(0, 12)
words = st.sampled_from(["rc", "beta", "alpha", "a-b", "x1"])
identifiers = st.one_of(words, numbers.map(str))
prereleases = st.one_of(
    st.none(), st.builds(lambda w, n: f"{w}.{n}", words, numbers), st.lists(identifiers, min_size=1).map(".".join)
)
versions = st.builds(Version, numbers, numbers, numbers, prereleases)
tags = st.builds(Tag, st.just("vault"), versions)
histories = st.lists(tags, min_size=1, max_size=12, unique=True)
bumps = st.one_of(st.none(), st.sampled_from(Bump))
labels = st.one_of(st.none(), words)


def spec_precedence(one: str, other: str) -> int:
    """https://semver.org/#spec-item-11, written down once more: -1, 0 or 1."""
    (core, _, pre), (other_core, _, other_pre) = one.partition("-"), other.partition("-")
    left, right = ([int(number) for number in text.split(".")] for text in (core, other_core))
    if left != right:
        return -1 if left < right else 1
    if not pre or not other_pre:
        return bool(other_pre) - bool(pre)
    for a, b in zip(pre.split("."), other_pre.split("."), strict=False):
        if a == b:
            continue
        if a.isdecimal() and b.isdecimal():
            return -1 if int(a) < int(b) else 1
        if a.isdecimal() != b.isdecimal():
            return -1 if a.isdecimal() else 1
        return -1 if a.encode() < b.encode() else 1
    return (pre.count(".") > other_pre.count(".")) - (pre.count(".") < other_pre.count("."))


def follow(*names: str, bump: Bump | None = None, label: str | None = None) -> str:
    return next_tag("vault", [Tag.parse(f"vault/v{name}") for name in names], bump=bump, label=label).image_tag


@pytest.mark.parametrize(
    ("names", "bump", "label", "expected"),
    [
        (["0.9.0", "0.10.0"], None, None, "v0.10.1"),
        (["1.2.3"], Bump.minor, None, "v1.3.0"),
        (["1.2.3"], Bump.major, None, "v2.0.0"),
        (["1.2.3"], None, "rc", "v1.2.4-rc.1"),
        (["1.2.3"], Bump.minor, "rc", "v1.3.0-rc.1"),
        (["1.2.3", "1.3.0-rc.1"], None, "rc", "v1.3.0-rc.2"),
        (["1.2.3", "1.3.0-rc.9"], None, "rc", "v1.3.0-rc.10"),
        (["1.2.3", "1.3.0-rc.9", "1.3.0-rc.10"], Bump.minor, "rc", "v1.3.0-rc.11"),
        (["1.2.3", "1.3.0-rc.2"], None, None, "v1.3.0"),
        (["1.2.3", "1.3.0-rc.2"], Bump.minor, None, "v1.3.0"),
        (["1.2.3", "1.3.0-rc.2"], Bump.major, None, "v2.0.0"),
        (["1.2.3", "1.2.4-rc.2"], Bump.minor, None, "v1.3.0"),
        (["1.2.3", "1.3.0-beta.4"], None, "rc", "v1.3.0-rc.1"),
        (["1.3.0-beta"], None, "beta", "v1.3.0-beta.1"),
        (["1.3.0-rc.1", "1.3.0"], None, "rc", "v1.3.1-rc.1"),
        (["0.1.0-rc.1"], None, None, "v0.1.0"),
    ],
)
def test_the_next_version(names: list[str], bump: Bump | None, label: str | None, expected: str) -> None:
    assert follow(*names, bump=bump, label=label) == expected


@given(histories, bumps)
def test_the_next_stable_version_is_above_all_there_are(history: list[Tag], bump: Bump | None) -> None:
    assume(counted(history))
    following = next_tag("vault", history, bump=bump)
    assert not following.prerelease
    for tag in counted(history):
        assert spec_precedence(str(following.version), str(tag.version)) == 1


@given(histories, bumps, words)
def test_a_candidate_is_new_and_above_every_candidate_of_its_label(
    history: list[Tag], bump: Bump | None, label: str
) -> None:
    assume(counted(history))
    following = next_tag("vault", history, bump=bump, label=label)
    assert following not in history
    stable = highest_stable(counted(history))
    assert stable is None or spec_precedence(str(following.version), str(stable.version)) == 1
    for tag in counted(history):
        same = tag.version.finalize_version() == following.version.finalize_version()
        if same and (tag.version.prerelease or "").split(".")[0] == label:
            numbered = str(tag.version.prerelease).split(".")[1:2]
            if not numbered or numbered[0].isdecimal():
                assert spec_precedence(str(following.version), str(tag.version)) == 1


@given(histories, bumps, words)
def test_the_stable_version_after_a_candidate_keeps_its_number(
    history: list[Tag], bump: Bump | None, label: str
) -> None:
    assume(counted(history))
    candidate = next_tag("vault", history, bump=bump, label=label)
    assume(candidate == counted([*history, candidate])[-1])
    assert next_tag("vault", [*history, candidate]).version == candidate.version.finalize_version()


@given(histories, bumps, labels)
@example([Tag.parse("vault/v1.0.0")], None, "rc")
def test_a_repeated_request_finds_what_it_made(history: list[Tag], bump: Bump | None, label: str | None) -> None:
    assume(counted(history))
    made = next_tag("vault", history, bump=bump, label=label)
    assert made_before("vault", [*history, made], [made], bump=bump, label=label) == made


def test_a_stable_version_is_no_repetition_of_the_candidate_at_the_same_commit() -> None:
    stable, candidate = Tag.parse("vault/v1.2.3"), Tag.parse("vault/v1.3.0-rc.1")
    assert made_before("vault", [stable, candidate], [candidate], bump=None, label=None) is None
    assert made_before("vault", [candidate], [candidate], bump=None, label="rc") is None


@given(versions, versions)
def test_order_is_the_specification_s(one: Version, other: Version) -> None:
    ordered = counted([Tag("vault", one.replace(major=1)), Tag("vault", other.replace(major=1))])
    assert spec_precedence(str(ordered[0].version), str(ordered[1].version)) <= 0


def test_what_a_tool_tried_out_does_not_count() -> None:
    tried = Tag.parse("vault/v0.0.0-test1")
    assert counted([tried, Tag.parse("vault/v0.0.0")]) == []
    with pytest.raises(FirstRelease, match=r"pipeline tag vault@v0\.1\.0"):
        next_tag("vault", [tried])


@given(histories)
def test_only_what_is_below_the_highest_stable_version_is_older(history: list[Tag]) -> None:
    stable = highest_stable(history)
    for tag in history:
        if stable and spec_precedence(str(tag.version), str(stable.version)) < 0:
            with pytest.raises(OlderVersion):
                check_order(tag, history)
        else:
            check_order(tag, history)


@pytest.mark.parametrize("label", ["", "1", "rc.1", "r c", "rc+1", "ré", "-rc\n"])
def test_an_impossible_label_is_refused(label: str) -> None:
    with pytest.raises(BadFlag, match="cannot be a pre-release label"):
        follow("1.0.0", label=label)


def test_a_label_too_long_for_an_image_tag_is_refused() -> None:
    with pytest.raises(BadTag, match="cannot be both a git tag and an image tag"):
        follow("1.0.0", label="x" * 128)
