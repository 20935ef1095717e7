"""Which names a Dockerfile sets as build arguments only, and which images it starts from."""

import pytest

from pipeline.dockerfile.stages import Dockerfile
from pipeline.image.dockerfile import arguments_only, base, bases


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
        ("FROM a AS b\nARG X\nFROM 0\nARG Y\n", "", {"Y"}),
        ("FROM a AS b\nARG X\nFROM a AS c\nARG Y\nFROM a\nARG Z\n", "b", {"X"}),
        ("FROM a AS b\nARG X\nFROM a AS c\nARG Y\nFROM a\nARG Z\n", "C", {"Y"}),
        ("ARG L=b\nFROM a AS b\nARG X\nFROM $L\nARG Y\n", "", {"X", "Y"}),
        ("FROM a\nARG X\nRUN <<EOF\nENV X=1\nEOF\nARG Y\n", "", {"X", "Y"}),
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
    assert arguments_only(Dockerfile.parse(text, {}), target) == expected


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
        ("ARG V\nFROM a${V}\n", "", {}, "a"),
        ("ARG V=1\nFROM a:${V#0}\n", "", {}, None),
        ("FROM a-$TARGETARCH\n", "", {"TARGETARCH": "arm64"}, "a-arm64"),
        ("FROM scratch\n", "", {}, None),
        ("", "", {}, None),
    ],
)
def test_what_the_target_starts_from(text: str, target: str, arguments: dict[str, str], expected: str | None) -> None:
    assert base(Dockerfile.parse(text, arguments), target) == expected


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("FROM a AS b\nFROM b AS d\nFROM c\nCOPY --from=d / /\n", "", ("a", "c")),
        ("FROM a AS b\nFROM b AS d\nFROM c\nCOPY --from=d / /\n", "d", ("a",)),
        ("FROM a AS b\nFROM c\n", "", ("c",)),
        ("FROM a AS b\nFROM a\nCOPY --from=b / /\nRUN --mount=from=0 true\n", "", ("a",)),
        ("ARG V=1\nFROM a:$V\n", "", ("a:1",)),
        ("FROM ${V#0}\n", "", ()),
        ("FROM a\nCOPY --from=b / /\nRUN <<EOF\nFROM c\nEOF\n", "", ("a",)),
        ("", "", ()),
    ],
)
def test_the_images_that_needed_stages_start_from(text: str, target: str, expected: tuple[str, ...]) -> None:
    assert bases(Dockerfile.parse(text, {}), target) == expected
