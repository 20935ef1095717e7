"""Changing a Dockerfile without changing what it says."""

import pytest

from pipeline.local.dockerfile import variables
from pipeline.local.layers import labelled

TEXT = """\
ARG LAST=base
FROM busybox AS base
RUN true
FROM golang AS build
FROM ${LAST} AS middle
COPY --from=build /a /a
FROM middle
ENTRYPOINT ["/a"]"""


@pytest.mark.parametrize(
    ("target", "arguments", "marked"),
    [
        ("", {}, [1, 4, 6]),
        ("middle", {}, [1, 4]),
        ("BUILD", {}, [3]),
        ("1", {}, [3]),
        ("", {"LAST": "build"}, [3, 4, 6]),
        ("", {"LAST": "debian"}, [4, 6]),
    ],
)
def test_the_stages_that_an_image_is_made_of(target: str, arguments: dict[str, str], marked: list[int]) -> None:
    lines = TEXT.splitlines()
    expected = [
        line for number, line in enumerate(lines) for line in ([line, "LABEL a=b"] if number in marked else [line])
    ]
    assert labelled(TEXT, "a=b", target, variables(TEXT, arguments, "linux/arm64")).splitlines() == expected


def test_a_dockerfile_that_ends_with_from() -> None:
    assert labelled("FROM scratch", "a=b", "", {}) == "FROM scratch\nLABEL a=b\n"
    assert labelled("FROM scratch", "a=b", "nowhere", {}) == "FROM scratch"


def test_a_stage_that_is_chosen_by_the_platform() -> None:
    text = "FROM a AS base-amd64\nFROM b AS base-arm64\nFROM base-$TARGETARCH\n"
    expected = "FROM a AS base-amd64\nFROM b AS base-arm64\nLABEL a=b\nFROM base-$TARGETARCH\nLABEL a=b\n"
    assert labelled(text, "a=b", "", variables(text, {}, "linux/arm64")) == expected
