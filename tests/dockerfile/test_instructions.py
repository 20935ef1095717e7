"""A Dockerfile's text, taken apart into instructions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dockerfile.instructions import instructions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("FROM a\n", [(1, "FROM", "a")]),
        ("from\ta", [(1, "FROM", "a")]),
        ("\n  FROM a  \n\n# RUN b\nRUN c\n", [(2, "FROM", "a"), (5, "RUN", "c")]),
        ("\ufeffFROM a\r\nRUN b\r\n", [(1, "FROM", "a"), (2, "RUN", "b")]),
        ("COPY a /b\x0cRUN c\n", [(1, "COPY", "a /b\x0cRUN c")]),
        ("RUN a # b\n", [(1, "RUN", "a # b")]),
        ("RUN a \\\n  b\nRUN c\n", [(1, "RUN", "a   b"), (3, "RUN", "c")]),
        ("FROM a\\\nb\n", [(1, "FROM", "ab")]),
        ("RUN a \\ \t\r\n b\n", [(1, "RUN", "a  b")]),
        ("RUN a \\\n# c \\\n\n  b\nRUN d", [(1, "RUN", "a   b"), (5, "RUN", "d")]),
        ("RUN a \\\n", [(1, "RUN", "a")]),
        ("\\\nRUN a\n", [(1, "RUN", "a")]),
        ("RUN a\\\\\nRUN b\n", [(1, "RUN", "a\\\\"), (2, "RUN", "b")]),
        ("# a \\\nRUN b\n", [(2, "RUN", "b")]),
    ],
)
def test_lines(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert [(one.line, one.keyword, one.rest.text) for one in instructions(text)] == expected


@pytest.mark.parametrize(
    ("head", "escape"),
    [
        ("# escape=`\n", "`"),
        ("#ESCAPE = `  \n", "`"),
        ("# syntax=docker/dockerfile:1\n# check=skip=all\n# escape=`\n", "`"),
        ("# escape=\\\n", "\\"),
        ("# escape=x\n", "\\"),
        ("# a comment\n# escape=`\n", "\\"),
        ("\n# escape=`\n", "\\"),
        ("# unknown=1\n# escape=`\n", "\\"),
    ],
)
def test_the_escape_character(head: str, escape: str) -> None:
    [one] = instructions(f"{head}RUN a {escape}\n b\n")
    assert (one.escape, one.rest.text) == (escape, "a  b")


@pytest.mark.parametrize(
    ("text", "heredocs"),
    [
        ("RUN <<EOF\na\n# b\nFROM c\nEOF\n", ("a\n# b\nFROM c\n",)),
        ("RUN cat <<'E O' >/x && cat <<\"B\"\na\nE O\nb\nB\n", ("a\n", "b\n")),
        ("COPY <<-EOF /a\n\tb\n EOF\n\tEOF\n", ("\tb\n EOF\n",)),
        ("COPY <<EOF /a\n\tEOF\nEOF\n", ("\tEOF\n",)),
        ("copy --chmod=755 \\\n <<a <<b /c/\na\nb\n", ("", "")),
        ("ONBUILD RUN <<EOF\na\nEOF\n", ("a\n",)),
        ("RUN 3<<EOF a\nb\\\nEOF\n", ("b\\\n",)),
        ("RUN <<EOF\r\na\r\nEOF\r\n", ("a\r\n",)),
        ("RUN cat <<<EOF\n", ()),
        ("RUN echo $((1<<N)) '<<EOF'\n", ()),
        ("LABEL a=b <<EOF\n", ()),
        ('RUN ["cat", "<<EOF"]\n', ()),
    ],
)
def test_heredocs(text: str, heredocs: tuple[str, ...]) -> None:
    [one, last] = instructions(f"{text}USER last")
    assert (one.heredocs, one.text, last.rest.text) == (heredocs, text, "last")


def test_a_heredoc_without_an_end() -> None:
    [one] = instructions("RUN <<EOF\na\nUSER b")
    assert one.heredocs == ("a\nUSER b",)


@pytest.mark.parametrize(
    ("text", "flags", "rest"),
    [
        ("COPY --link --from=a b /c", [("link", ""), ("from", "a")], "b /c"),
        ("COPY \\\n --from=a \\\n b /c", [("from", "a")], "b /c"),
        ("RUN --mount=type=cache,target=/a --network=none b --c", [("mount", "type=cache,target=/a"), ("network", "none")], "b --c"),
        ('COPY --from="a b" c /d', [("from", '"a b"')], "c /d"),
        ("RUN --", [], "--"),
        ("RUN a --b=c", [], "a --b=c"),
    ],
)  # fmt: skip
def test_flags(text: str, flags: list[tuple[str, str]], rest: str) -> None:
    [one] = instructions(text)
    assert [(flag.name, flag.value.text) for flag in one.flags] == flags
    assert one.rest.text.strip() == rest


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('COPY "a b" c\\ d /e', ["a b", "c d", "/e"]),
        ('COPY ["a b", "/c"]', ["a b", "/c"]),
        ("COPY ['a', /c]", ["[a,", "/c]"]),
        ("COPY [1, 2]", ["[1,", "2]"]),
        ("COPY it's /a", ["it's", "/a"]),
        ("COPY $A '$B'", ["$A", "$B"]),
    ],
)
def test_arguments(text: str, arguments: list[str]) -> None:
    [one] = instructions(text)
    assert one.arguments() == arguments


LINES = st.sampled_from(
    ["FROM a AS b", "# escape=`", "RUN a \\", "RUN a `", "  b", "#c", "", "COPY <<E <<-F /", "E", "\tF", "ADD --a=b ['", "\\"]
)  # fmt: skip
TEXTS = st.lists(LINES | st.text(max_size=20), max_size=12).map("\n".join) | st.text()


@given(TEXTS)
def test_instructions_and_what_is_between_them_are_the_text(text: str) -> None:
    position, put_together = 0, ""
    for one in instructions(text):
        between = text[position : one.start]
        assert all(not line.strip("\ufeff \t\r\v\f") or line.strip().startswith("#") for line in between.split("\n"))
        assert one.line == text.count("\n", 0, one.start) + 1
        assert "".join(text[offset] for offset in one.plain.offsets) == one.plain.text
        put_together += between + one.text
        position = one.end
    assert put_together + text[position:] == text
