"""Which names a Dockerfile sets as build arguments only, and which as environment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.image.dockerfile import Dockerfile


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("FROM a\nARG X\nRUN true\n", "", {"X"}),
        ('FROM a\nARG X=1 Y Z="a b"\n', "", {"X", "Y", "Z"}),
        ("FROM a\narg X\nenv Y=1\n", "", {"X"}),
        ("FROM a\nARG X\nENV X=$X\n", "", set()),
        ("FROM a\nENV X=1\nARG X\n", "", set()),
        ('FROM a\nARG X Y Z\nENV X=1 Y="2 Z=3"\n', "", {"Z"}),
        ("FROM a\nARG X Y\nENV X Y=1\n", "", {"Y"}),
        ("FROM a\nARG X Y\nENV A='X=1 Y=2' B=\\ Y=3\n", "", {"X", "Y"}),
        ("FROM a\nARG X Y\nENV A=1 \\\n    X=2\n", "", {"Y"}),
        ("ARG X\nFROM a:$X\nRUN true\n", "", set()),
        ("ARG X\nFROM a:$X\nARG X\nRUN true\n", "", {"X"}),
        ("FROM a AS b\nARG X\nFROM c\nARG Y\nCOPY --from=b / /\n", "", {"Y"}),
        ("FROM a AS b\nARG X\nFROM b\nARG Y\n", "", {"X", "Y"}),
        ("FROM a AS b\nARG X\nFROM B\nENV X=1\n", "", set()),
        ("FROM a AS b\nARG X\nFROM 0\nARG Y\n", "", {"X", "Y"}),
        ("FROM a AS b\nARG X\nFROM a AS c\nARG Y\nFROM a\nARG Z\n", "b", {"X"}),
        ("FROM a AS b\nARG X\nFROM a AS c\nARG Y\nFROM a\nARG Z\n", "C", {"Y"}),
        ("FROM a AS b\nARG X\nFROM a AS c\nARG Y\nFROM a\nARG Z\n", "2", {"Z"}),
        ("FROM a AS b\nARG X\nFROM a\nARG Y\n", "none", set()),
        ("FROM --platform=$BUILDPLATFORM a AS b\nARG X\nFROM b AS c\n", "", {"X"}),
        ("FROM b AS b\nARG X\n", "", {"X"}),
        ("FROM b AS a\nARG X\nFROM a AS b\nARG Y\n", "", {"X", "Y"}),
        ("# ARG N\nFROM a\n# ARG M\nARG X\n", "", {"X"}),
        ("# escape=`\nFROM a\nARG X\nENV Y=1 `\n    X=2\n", "", set()),
        ("", "", set()),
        ("ARG X\n", "", set()),
        ("FROM\nARG X\n", "", {"X"}),
        ("FROM a\nARG\nENV\n", "", set()),
    ],
)
def test_arguments_that_no_environment_sets(text: str, target: str, expected: set[str]) -> None:
    assert Dockerfile.parse(text).arguments_only(target) == expected


@pytest.mark.parametrize(
    ("text", "target", "arguments", "expected"),
    [
        ("FROM a:1\n", "", {}, "a:1"),
        ("FROM a AS b\nFROM b AS c\nFROM c\n", "", {}, "a"),
        ("FROM a AS b\nFROM d AS c\nFROM b\n", "c", {}, "d"),
        ("FROM --platform=linux/amd64 a\n", "", {}, "a"),
        ("ARG V=1\nFROM a:${V}\n", "", {}, "a:1"),
        ("ARG V=1\nFROM a:$V\n", "", {"V": "2"}, "a:2"),
        ("FROM a:${V:-3}\n", "", {}, "a:3"),
        ("ARG V\nFROM a:${V}\n", "", {}, None),
        ("ARG V='\nFROM a:${V}\n", "", {}, None),
        ("FROM scratch\n", "", {}, None),
        ("", "", {}, None),
    ],
)
def test_what_the_target_starts_from(text: str, target: str, arguments: dict[str, str], expected: str | None) -> None:
    assert Dockerfile.parse(text).base(target, arguments) == expected


LINES = st.sampled_from(
    ["FROM a", "FROM a AS b", "FROM b", "ARG X", "ARG X=$Y", "ENV X=1", "ENV X 1", "ARG Z='", "RUN true \\", "#c", ""]
)
TEXTS = st.lists(LINES | st.text(max_size=20), max_size=12).map("\n".join)


@given(TEXTS | st.text(), st.sampled_from(["", "b", "0", "B", "nope"]))
def test_no_text_crashes(text: str, target: str) -> None:
    dockerfile = Dockerfile.parse(text)
    assert isinstance(dockerfile.arguments_only(target), frozenset)
    assert dockerfile.base(target, {"Y": "1"}) != "scratch"
