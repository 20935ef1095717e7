"""Stages: their names, what they start from, and what they take from others."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from pipeline.dockerfile.stages import Dockerfile


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("FROM a:1", {}, [("", "a:1", None)]),
        ("from A as Build", {}, [("build", "A", None)]),
        ("FROM --platform=$BUILDPLATFORM a", {"BUILDPLATFORM": "linux/amd64"}, [("", "a", "linux/amd64")]),
        ("FROM --platform=linux/arm64 \\\n  # why\n  a \\\n  AS b", {}, [("b", "a", "linux/arm64")]),
        ('FROM "a"', {}, [("", "a", None)]),
        ("ARG V=1\nFROM a:${V}\nFROM b:$V", {}, [("", "a:1", None), ("", "b:1", None)]),
        ("ARG V=1\nFROM a:$V", {"V": "2"}, [("", "a:2", None)]),
        ("FROM a$V", {"V": "2"}, [("", "a", None)]),
        ("FROM a:${V:-3}", {}, [("", "a:3", None)]),
        ("FROM a\nARG V=1\nFROM b:$V", {}, [("", "a", None), ("", "b:", None)]),
        ("RUN <<EOF\nFROM a\nEOF\nFROM b", {}, [("", "b", None)]),
        ("FROM", {}, [("", "", None)]),
        ("FROM a b c", {}, [("", "a", None)]),
        ("ARG X", {}, []),
    ],
)
def test_what_from_says(text: str, given: dict[str, str], expected: list[tuple[str, str, str | None]]) -> None:
    stages = Dockerfile.parse(text, given).stages
    assert [(stage.name, stage.base, stage.platform) for stage in stages] == expected


@pytest.mark.parametrize(
    ("text", "target", "chain"),
    [
        ("FROM a", "", [0]),
        ("FROM a AS b\nFROM b AS c\nFROM c", "", [2, 1, 0]),
        ("FROM a AS b\nFROM a\nFROM B", "", [2, 0]),
        ("FROM a AS b\nFROM a AS c\nFROM c", "B", [0]),
        ("FROM a AS b\nFROM 0", "", [1]),
        ("FROM a AS b\nFROM a", "0", []),
        ("FROM a AS b\nFROM a", "none", []),
        ("FROM b AS b", "", [0]),
        ("FROM a AS b\nFROM b AS b\nFROM b", "b", [1, 0]),
        ("FROM b AS a\nFROM a AS b", "", [1, 0]),
        ("ARG L=b\nFROM a AS b\nFROM $L", "", [1, 0]),
        ("", "", []),
    ],
)
def test_the_stages_that_a_target_starts_from(text: str, target: str, chain: list[int]) -> None:
    assert [stage.number for stage in Dockerfile.parse(text, {}).chain(target)] == chain


@pytest.mark.parametrize(
    ("instruction", "source", "stage"),
    [
        ("COPY --from=one /a /a", "one", 0),
        ("COPY --from=ONE /a /a", "ONE", 0),
        ("COPY --chown=1 --from='one' /a /a", "'one'", 0),
        ("COPY --from=1 /a /a", "1", 1),
        ("COPY --from=2 /a /a", "2", None),
        ("COPY --from=last /a /a", "last", None),
        ("COPY --from=busybox:1 \\\n /a /a", "busybox:1", None),
        ("RUN --mount=type=bind,from=one,target=/a true", "one", 0),
        ("RUN --mount=from=two,target=/a \\\n --mount=type=cache,target=/b true", "two", 1),
    ],
)
def test_what_a_stage_takes_from(instruction: str, source: str, stage: int | None) -> None:
    text = f"FROM a AS one\nFROM b AS two\nFROM c\n{instruction}\nFROM d AS last"
    dockerfile = Dockerfile.parse(text, {})
    [found] = dockerfile.stages[2].sources()
    assert (found.text, text[found.start : found.end]) == (source, source)
    taken = dockerfile.source(dockerfile.stages[2], found)
    assert (taken.number if taken else None) == stage


@pytest.mark.parametrize(
    "instruction",
    [
        "ADD --from=one a /a", "COPY a --from=one", "RUN cp --from=one a", "RUN --mount=type=bind,target=/from=one true",
        "RUN <<EOF\nCOPY --from=one /a /a\nEOF", "# COPY --from=one /a /a",
    ],
)  # fmt: skip
def test_what_takes_from_no_stage(instruction: str) -> None:
    [_, last] = Dockerfile.parse(f"FROM a AS one\nFROM b\n{instruction}\n", {}).stages
    assert not list(last.sources())


def test_a_source_that_is_written_on_two_lines() -> None:
    text = "FROM a\nCOPY --from=busy\\\nbox /a /a\n"
    [source] = Dockerfile.parse(text, {}).stages[0].sources()
    assert (source.text, text[source.start : source.end]) == ("busybox", "busy\\\nbox")


def test_all_that_is_built_for_a_target() -> None:
    text = "FROM a AS one\nFROM a AS two\nFROM one AS three\nCOPY --from=two / /\nFROM a AS four\nFROM three AS five"
    dockerfile = Dockerfile.parse(text, {})
    assert {stage.name for stage in dockerfile.needed()} == {"one", "two", "three", "five"}
    assert {stage.name for stage in dockerfile.needed("FOUR")} == {"four"}
    assert dockerfile.needed("none") == []


LINES = st.sampled_from(
    ["FROM a", "FROM a AS b", "FROM b", "FROM $X AS b", "ARG X=b", "ARG Z='", "COPY --from=b", "COPY --from=0 a b", "FROM"]
)  # fmt: skip


@for_all(st.lists(LINES | st.text(max_size=20), max_size=12).map("\n".join), st.sampled_from(["", "b", "0", "nope"]))
def test_no_text_crashes(text: str, target: str) -> None:
    dockerfile = Dockerfile.parse(text, {"X": "b"})
    assert set(dockerfile.chain(target)) <= set(dockerfile.needed(target)) <= set(dockerfile.stages)
