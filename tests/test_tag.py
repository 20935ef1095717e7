"""Release tags: what is one, what is none, and what the refusal says."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from semver import Version

from pipeline.errors import BadTag, UnknownService
from pipeline.tag import Tag, check_service, tags_of
from tests.conftest import need

SEMVER = re.compile(
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(?:-((?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
)
"""https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string, without build metadata."""

NUMBERS = st.integers(0, 10**6).map(str)
IDENTIFIERS = st.from_regex(r"(0|[1-9][0-9]{0,5}|[0-9]{0,3}[a-zA-Z-][0-9a-zA-Z-]{0,8})", fullmatch=True)
CORES = st.tuples(NUMBERS, NUMBERS, NUMBERS).map(".".join)
SUFFIXES = st.just("") | st.lists(IDENTIFIERS, min_size=1, max_size=4).map(lambda parts: "-" + ".".join(parts))
VERSIONS = st.tuples(CORES, SUFFIXES).map("".join).filter(lambda version: not version.endswith(".lock"))
SERVICES = st.from_regex(r"[a-z0-9]{1,8}([._-][a-z0-9]{1,8}){0,3}", fullmatch=True)
NEARLY = st.text("vV/.-+0123456789abXY _~^:\n\t\0é٣", max_size=40)


@pytest.mark.parametrize(
    ("text", "service", "image_tag", "prerelease"),
    [
        ("vault/v0.4.0", "vault", "v0.4.0", False),
        ("control-api/v10.20.30", "control-api", "v10.20.30", False),
        ("api/v1.0.0-rc.1", "api", "v1.0.0-rc.1", True),
        ("api/v1.0.0-beta", "api", "v1.0.0-beta", True),
        ("api/v1.0.0-0", "api", "v1.0.0-0", True),
        ("api/v1.0.0--", "api", "v1.0.0--", True),
        ("api/v1.0.0-x-y.7.z", "api", "v1.0.0-x-y.7.z", True),
        ("cli/v0.0.0", "cli", "v0.0.0", False),
    ],
)
def test_well_formed(text: str, service: str, image_tag: str, prerelease: bool) -> None:
    tag = Tag.parse(text)
    assert (tag.service, tag.image_tag, tag.prerelease) == (service, image_tag, prerelease)
    assert (tag.name, str(tag), tag.ref) == (text, text, f"refs/tags/{text}")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("", "vault/v0.4.0"),
        ("vault", "vault/v0.4.0"),
        ("v1.2.3", "vault/v0.4.0"),
        ("vault/", "vault/v0.4.0"),
        ("vault/0.4.0", "Did you mean vault/v0.4.0?"),
        ("vault/vv0.4.0", "Did you mean vault/v0.4.0?"),
        ("vault/V0.4.0", "Did you mean vault/v0.4.0?"),
        ("vault/v1.2", "Did you mean vault/v1.2.0?"),
        ("vault/v1", "Did you mean vault/v1.0.0?"),
        ("vault/v1.2.3+build", "Did you mean vault/v1.2.3?"),
        ("vault/v1.2.3-rc.1+5", "Did you mean vault/v1.2.3-rc.1?"),
        ("vault/v01.2.3", "Did you mean vault/v1.2.3?"),
        ("Vault/v1.2.3", "Did you mean vault/v1.2.3?"),
        ("VAULT/v1.2.3-RC.1", "Did you mean vault/v1.2.3-RC.1?"),
        ("refs/tags/vault/v1.2.3", "Did you mean vault/v1.2.3?"),
        (" vault/v1.2.3", "Did you mean vault/v1.2.3?"),
        ("vault/v1.2.3 ", "Did you mean vault/v1.2.3?"),
        ("vault/v1.2.3\n", "Did you mean vault/v1.2.3?"),
        ("vault/v1.2.3\0", "vault/v0.4.0"),
        ("vault /v1.2.3", "vault/v0.4.0"),
        ("vault/v1.2.3-", "vault/v0.4.0"),
        ("vault/v1.2.3-rc..1", "vault/v0.4.0"),
        ("vault/v1.2.3-rc.01", "vault/v0.4.0"),
        ("vault/v1.2.3-rc_1", "vault/v0.4.0"),
        ("vault/v1.2.3.4", "vault/v0.4.0"),
        ("vault/v1.2.3-rc.lock", "'.lock'"),
        ("vault/v01.2.3+build", "Did you mean vault/v1.2.3?"),
        (f"vault/v1.2.3-{'a' * 122}", "at most 127 characters"),
        ("vault//v1.2.3", "vault/v0.4.0"),
        ("a/vault/v1.2.3", "vault/v0.4.0"),
        ("../vault/v1.2.3", "vault/v0.4.0"),
        ("-vault/v1.2.3", "vault/v0.4.0"),
        ("--upload-pack=x/v1.2.3", "vault/v0.4.0"),
        ("vault/v1.2.3;reboot", "vault/v0.4.0"),
        ("vault/v1.2.3$(id)", "vault/v0.4.0"),
        ("`id`/v1.2.3", "vault/v0.4.0"),
        ("vault/v1.2.3|id", "vault/v0.4.0"),
        ("vault/v1.2.3\x1b[31m", "vault/v0.4.0"),
        ("vault/v1.٢.3", "vault/v0.4.0"),
        ("vаult/v1.2.3", "vault/v0.4.0"),
        ("vault/v1.2.3\u202e", "vault/v0.4.0"),
        ("vault@v1.2.3", "vault/v0.4.0"),
        (f"vault/v1.2.{'3' * 10_000}", "vault/v0.4.0"),
        ("v" * 10_000, "vault/v0.4.0"),
        (f"{'a.' * 5_000}/v1.2.3", "vault/v0.4.0"),
    ],
)
def test_malformed(text: str, right: str) -> None:
    with pytest.raises(BadTag) as refusal:
        Tag.parse(text)
    error = refusal.value
    assert error.exit_code == 2
    assert right in f"{error.message} {error.next}"
    assert error.message.isprintable()
    assert len(error.message) < 400
    assert error.message.startswith(("'", '"'))


@given(SERVICES, VERSIONS)
def test_round_trip(service: str, version: str) -> None:
    tag = Tag.parse(f"{service}/v{version}")
    assert (tag.service, str(tag.version)) == (service, version)
    assert Tag.parse(tag.name) == tag
    assert tag.prerelease == ("-" in version)


@given(SERVICES, NEARLY | st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){1,3}([-.+][0-9A-Za-z.+-]{0,9})?", fullmatch=True))
@example("vault", "1.2.3-rc.1\n")
@example("vault", "1.2.3-a" + "b" * 119)
@example("vault", "1.2.3-a" + "b" * 120)
def test_strict_as_semver_itself(service: str, version: str) -> None:
    allowed = SEMVER.fullmatch(version) and len(version) < 128 and not version.endswith(".lock")
    assert _is_tag(f"{service}/v{version}") == bool(allowed)


@given(st.text() | NEARLY | st.tuples(SERVICES, st.text()).map("/v".join))
def test_no_text_crashes_and_only_ascii_is_a_tag(text: str) -> None:
    if _is_tag(text):
        assert text.isascii()
        assert re.fullmatch(r"[a-z0-9._-]+/v[0-9A-Za-z.-]+", text)


@given(st.tuples(SERVICES, VERSIONS).map("/v".join), st.characters(), st.integers(0, 60))
def test_a_foreign_character_anywhere_is_refused(tag: str, character: str, place: int) -> None:
    spoiled = tag[:place] + character + tag[place:]
    assert not _is_tag(spoiled) or re.fullmatch(r"[0-9A-Za-z./-]|_", character)


@given(st.tuples(SERVICES, VERSIONS).map("/v".join))
def test_what_is_advised_is_a_tag(tag: str) -> None:
    mistakes = (f" {tag}", tag.upper(), f"refs/tags/{tag}", tag.replace("/v", "/", 1), tag.replace("/v", "/v0", 1))
    for mistake in (*mistakes, *(f"{mistake}+1" for mistake in (tag, *mistakes))):
        if (error := _refusal(mistake)) and (meant := re.search(r"Did you mean ([^\s?]+)", error.next)):
            assert _is_tag(meant[1]), error.next


@pytest.mark.parametrize("name", ["vault/v1.2.3", "a.b-c_d/v0.0.0", "vault/v1.0.0-rc.1", "vault/v1.0.0--.-"])
def test_git_takes_what_is_a_tag(name: str) -> None:
    need("git")
    from pipeline import process

    assert process.run_sync(["git", "check-ref-format", Tag.parse(name).ref]).returncode == 0


def test_tags_of_one_service_in_order_of_version() -> None:
    names = ["vault/v0.10.0", "vault/v0.9.0", "vault/v0.10.0-rc.2", "vault/v0.10.0-rc.10", "api/v1.0.0", "v2.0.9-1",
             "vault/latest", "vault/v1", "control-vault/v3.0.0", "@unkey/api@0.26.2"]  # fmt: skip
    assert [tag.name for tag in tags_of("vault", names)] == [
        "vault/v0.9.0", "vault/v0.10.0-rc.2", "vault/v0.10.0-rc.10", "vault/v0.10.0",
    ]  # fmt: skip


def test_an_unknown_service_names_the_nearest_and_all() -> None:
    services = {"vault": 1, "api": 2, "krane": 3}
    check_service(Tag.parse("vault/v1.0.0"), services)
    with pytest.raises(UnknownService) as refusal:
        check_service(Tag.parse("vualt/v1.0.0"), services)
    assert "'vualt'" in refusal.value.message
    assert refusal.value.next == "Did you mean vault/v1.0.0? The catalogue has: api, krane, vault."
    with pytest.raises(UnknownService) as refusal:
        check_service(Tag.parse("nothing-like-it/v1.0.0"), services)
    assert refusal.value.next == "The catalogue has: api, krane, vault."


def test_a_tag_is_a_value() -> None:
    assert Tag.parse("vault/v1.2.3") == Tag("vault", Version(1, 2, 3))
    assert len({Tag.parse("vault/v1.2.3"), Tag.parse("vault/v1.2.3"), Tag.parse("vault/v1.2.4")}) == 2


def _is_tag(text: str) -> bool:
    return _refusal(text) is None


def _refusal(text: str) -> BadTag | None:
    try:
        Tag.parse(text)
    except BadTag as error:
        return error
    return None
