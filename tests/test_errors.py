"""The tree of errors: one class is one kind with one exit code, and messages are safe to print."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import errors
from pipeline.errors import NotReady, PipelineError, gathered, shown

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, PipelineError)]

EXIT_CODES = {
    "bad-tag": 2, "unknown-service": 2, "bad-catalogue": 2, "bad-flag": 2, "tag-not-found": 2,
    "not-on-main": 3, "tag-moved": 3, "image-taken": 3, "release-taken": 3, "mismatch": 3,
    "git-unavailable": 4, "registry-unavailable": 4, "github-unavailable": 4, "not-authorized": 4,
    "engine-unavailable": 4, "tool-missing": 4, "not-ready": 4, "not-allowed": 3,
    "build-failed": 5, "interrupted": 130,
}  # fmt: skip
"""The contract: what scripts and people rely on."""


def test_exit_codes_are_those_of_the_contract() -> None:
    codes = {kind("m.", next="n.").kind: kind.exit_code for kind in KINDS}
    assert codes.items() >= EXIT_CODES.items()
    assert set(codes.values()) <= {1, 2, 3, 4, 5, 130}


def test_no_two_classes_are_one_kind() -> None:
    kinds = [kind("m.", next="n.").kind for kind in KINDS]
    assert len(kinds) == len(set(kinds))


def test_an_error_is_its_message_and_the_next_step() -> None:
    error = errors.NotOnMain("It is off main.", next="Merge it.")
    assert (error.message, error.next, error.passing) == ("It is off main.", "Merge it.", False)
    assert str(error) == "It is off main.\nMerge it."


def test_one_problem_stays_itself() -> None:
    error = errors.ImageTaken("Taken.", next="Other.")
    assert gathered([error]) is error
    assert type(gathered([errors.NotAuthorized("a", next="b")] * 2)) is NotReady


def test_the_same_call_is_advised_only_where_it_can_help() -> None:
    down, taken = errors.NotAuthorized("Locked.", next="Open it."), errors.ImageTaken("Taken.", next="Other.")
    assert "run the same call again" in gathered([down, down]).next
    assert "run the same call again" not in gathered([down, taken]).next
    assert gathered([down, taken]).message.splitlines()[1:] == [
        "  - Locked.",
        "    Open it.",
        "  - Taken.",
        "    Other.",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("vault", "'vault'"),
        ("", "''"),
        ("a\nb", "'a\\nb'"),
        ("\x1b[31m", "'\\x1b[31m'"),
        ("\u202e", "'\\u202e'"),
        ("x" * 60, f"'{'x' * 60}'"),
        ("x" * 61, f"'{'x' * 60}…' (61 characters)"),
    ],
)
def test_shown(value: str, expected: str) -> None:
    assert shown(value) == expected


@given(st.text() | st.characters().map(lambda character: character * 10_000))
def test_what_is_shown_is_short_and_printable(value: str) -> None:
    assert shown(value).isprintable()
    assert len(shown(value)) < 700
    shown(value).encode()
