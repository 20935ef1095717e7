"""What words say, with values for their variables."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dockerfile.words import ESCAPES, expand, unquoted, used, words

VALUES = {"A": "one", "B": "two words", "EMPTY": ""}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("plain", "plain"),
        ("$A", "one"),
        ("${A}x", "onex"),
        ("x$A-$B", "xone-two words"),
        ("[$NONE]", "[]"),
        ("${NONE:-d}", "d"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${NONE-d}", "d"),
        ("${A:-d}", "one"),
        ("${A:+d}", "d"),
        ("${EMPTY:+d}", ""),
        ("${EMPTY+d}", "d"),
        ("${NONE+d}", ""),
        ("${A:?no}", "one"),
        ("${NONE:-$A}", "one"),
        ("${NONE:-${A}}", "one"),
        ("${NONE:-${EMPTY:-x}}", "x"),
        ("${A%e}", "${A%e}"),
        ("'$A'", "$A"),
        ("\"$A '$B'\"", "one 'two words'"),
        (r"\$A", "$A"),
        (r'"\$A \" \x"', r'$A " \x'),
        ("it's $A", "it's one"),
        ("$", "$"),
        ("a$/b", "a$/b"),
    ],
)
def test_variables(word: str, expected: str) -> None:
    assert expand(word, VALUES) == expected


def test_another_escape_character() -> None:
    assert expand(r"C:\$A `$A", VALUES, "`") == r"C:\one $A"
    assert unquoted("`$A '`'", "`") == "$A `"


@pytest.mark.parametrize(
    ("word", "expected"),
    [("$A/'$B'", "$A/$B"), ('"${A:-b}"', "${A:-b}"), (r"a\ b", "a b"), ("'", "'"), ('""', "")],
)
def test_quotes_alone(word: str, expected: str) -> None:
    assert unquoted(word, "\\") == expected


def test_the_variables_of_a_word() -> None:
    assert used("$A/${B:-c}/d") == {"A", "B"}


@given(st.text() | st.text("\"'\\`${}:-+A ", max_size=30), st.sampled_from(ESCAPES))
def test_no_text_crashes(text: str, escape: str) -> None:
    found = [match.span() for match in words(text, escape)]
    between = [text[end:start] for (_, end), (start, _) in pairwise([(0, 0), *found, (len(text), 0)])]
    assert "".join(between).strip() == ""
    assert isinstance(expand(text, VALUES, escape), str)
    assert isinstance(unquoted(text, escape), str)
