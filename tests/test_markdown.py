"""Text from outside in Markdown, read by GitHub's own renderer."""

import re
from html.parser import HTMLParser

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.markdown import code, inline

GAP = "\u200b"

pieces = st.sampled_from(
    ["@octocat", "#12", "GH-3", "unkeyed/infra#4", "<b>", "</li>", "<!--", "&amp;", "&#64;x", "`", "``", "*", "**", "_",
     "~~", "[a](http://e.vil)", "![a](x)", "[x]", "www.e.vil", "http://e.vil", "a@e.vil", "mailto:a@e.vil", "\\", "\n",
     "\r\n\r\n", "# x", "- ", "1. ", "> ", "---", "===", "|", "$x$", "\u202e", "\x1b[31m", "\u2028", "word", " ", ":"]
)  # fmt: skip
nasty = st.lists(st.one_of(pieces, st.text(max_size=8)), max_size=12).map("".join)


class Rendered(HTMLParser):
    """The elements and the text of what GitHub shows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.elements.append(tag)

    def handle_comment(self, data: str) -> None:
        self.elements.append(f"<!--{data}-->")

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(markdown: str) -> Rendered:
    return Rendered(cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE))


def one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@given(nasty)
@example("1. @a #1 <b> [x](y)")
@example("- http://e.vil www.e.vil")
def test_a_line_of_text_stays_a_line_of_that_text(text: str) -> None:
    shown = rendered(f"* begin {inline(text)} end")
    assert shown.elements == ["ul", "li"]
    assert shown.text.replace(GAP, "").split() == ["begin", *one_line(text).split(), "end"]


@given(nasty)
def test_a_line_can_begin_with_it(text: str) -> None:
    shown = rendered(f"* {inline(text) or 'nothing'} (x)")
    assert shown.elements == ["ul", "li"]


@given(nasty)
def test_nothing_is_left_that_github_would_link(text: str) -> None:
    shown = rendered(f"* {inline(text)}").text
    assert not re.search(r"@\w|#\w|GH-\d|www\.|://", shown, re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("plain words, (with) punctuation: a-b.c!", "plain words, (with) punctuation: a-b.c!"),
        ("@me #1", "@&#8203;me \\#&#8203;1"),
        ("a\nb", "a b"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_what_it_looks_like(text: str, markdown: str) -> None:
    assert inline(text) == markdown


@given(st.text(alphabet="`ab c", min_size=1).filter(str.strip))
def test_code_is_code_whatever_backticks_it_has(text: str) -> None:
    shown = rendered(f"{code(text)}.")
    assert shown.elements == ["p", "code"]
    assert shown.text.strip().removesuffix(".").split() == text.split()
