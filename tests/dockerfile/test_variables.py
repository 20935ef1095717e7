"""What ``ARG`` and ``ENV`` set, and what ``FROM`` may use of it."""

import pytest

from pipeline.dockerfile.instructions import instructions
from pipeline.dockerfile.variables import assigned, automatic, before_stages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ARG X", {"X": None}),
        ('ARG X=1 Y Z="a b"', {"X": "1", "Y": None, "Z": '"a b"'}),
        ("arg X=", {"X": ""}),
        ("ARG X=a=b", {"X": "a=b"}),
        ("ARG X=it's", {"X": "it's"}),
        ("ARG X \\\n  # why\n  Y", {"X": None, "Y": None}),
        ('ENV X=1 Y="2 Z=3"', {"X": "1", "Y": '"2 Z=3"'}),
        ("ENV X=1\\ Y=2", {"X": "1\\ Y=2"}),
        ("ENV X Y=1 2", {"X": "Y=1 2"}),
        ("ENV x=1 X=2", {"x": "1", "X": "2"}),
        ("ARG", {}),
    ],
)
def test_names_and_what_they_are_set_to(text: str, expected: dict[str, str | None]) -> None:
    [one] = instructions(text)
    assert assigned(one) == expected


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("ARG V=1", {}, {"V": "1"}),
        ("ARG V=1", {"V": "2"}, {"V": "2"}),
        ("ARG V", {}, {}),
        ("ARG V", {"V": "2", "W": "3"}, {"V": "2"}),
        ("ARG A='x y'\nARG B=${A}z C=$B", {}, {"A": "x y", "B": "x yz", "C": "x yz"}),
        ("ARG A=$B\nARG B=1", {}, {"A": "", "B": "1"}),
        ("ARG A=base-$TARGETARCH", {"TARGETARCH": "arm64"}, {"TARGETARCH": "arm64", "A": "base-arm64"}),
        ("ENV V=1", {}, {}),
    ],
)
def test_what_from_may_use(text: str, given: dict[str, str], expected: dict[str, str]) -> None:
    assert before_stages(instructions(text), given) == expected


def test_arguments_that_tell_of_platforms() -> None:
    assert automatic("TARGET", "linux/arm/v7") == {
        "TARGETPLATFORM": "linux/arm/v7", "TARGETOS": "linux", "TARGETARCH": "arm", "TARGETVARIANT": "v7"
    }  # fmt: skip
    assert automatic("BUILD", "linux/amd64")["BUILDVARIANT"] == ""
