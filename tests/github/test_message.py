"""What commit messages say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.github.message import Message, pull_in, read_message


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("feat(vault): rotate keys (#12)", Message("feat", "vault", "rotate keys", breaking=False, pull=12)),
        ("Fix: x", Message("fix", "", "x", breaking=False, pull=None)),
        ("feat(api)!: drop v1 (#3)", Message("feat", "api", "drop v1", breaking=True, pull=3)),
        ("feat!: a\n\nlong text", Message("feat", "", "a", breaking=True, pull=None)),
        ("chore: a\n\nBREAKING CHANGE: b", Message("chore", "", "a", breaking=True, pull=None)),
        ("chore: a\n\nBREAKING-CHANGE: b", Message("chore", "", "a", breaking=True, pull=None)),
        ("no type at all", Message("", "", "no type at all", breaking=False, pull=None)),
        ("see https://a.example", Message("", "", "see https://a.example", breaking=False, pull=None)),
        ("feat:no space", Message("", "", "feat:no space", breaking=False, pull=None)),
        ("feat(a(b)): nested", Message("", "", "feat(a(b)): nested", breaking=False, pull=None)),
        ("", Message("", "", "", breaking=False, pull=None)),
    ],
)
def test_a_message_is_read(message: str, expected: Message) -> None:
    assert read_message(message) == expected


@pytest.mark.parametrize(
    ("subject", "pull"),
    [
        ("a (#1)", 1),
        ('Revert "a (#1)" (#2)', 2),
        ("Merge pull request #9 from unkeyed/branch", 9),
        ("Merge pull request #9", None),
        ("fixes #1", None),
        ("a (#0)", None),
        ("a (#1) more", None),
        ("a (#٣)", None),
        ("a (#99999999999999999999)", None),
    ],
)
def test_only_what_github_writes_is_a_pull_request(subject: str, pull: int | None) -> None:
    assert pull_in(subject) == pull


@given(st.text())
def test_no_message_is_an_error(message: str) -> None:
    read_message(message)
