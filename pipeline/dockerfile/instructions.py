"""A Dockerfile's text as its instructions, with the lines that each of them has.

Read as BuildKit reads it: https://docs.docker.com/reference/dockerfile/#format, and ``frontend/dockerfile/parser`` in
moby/buildkit for what that leaves open. No text is an error here: what is not valid is the builder's to say.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.dockerfile import words
from pipeline.dockerfile.instruction import Instruction, Piece, taken_apart

_DIRECTIVE = re.compile(r"#\s*(syntax|escape|check)\s*=\s*(.+?)\s*", re.IGNORECASE)
_CONTINUED = {escape: re.compile(rf"(?<!{re.escape(escape)}){re.escape(escape)}[ \t]*$") for escape in words.ESCAPES}
_HEREDOC = re.compile(r"\d*<<(?P<indented>-?)(?P<name>[^<]+)")
_MAY_HAVE_HEREDOCS = re.compile(r"(?:ONBUILD\s+)?(?:ADD|COPY|RUN)\s", re.IGNORECASE)
_BYTE_ORDER_MARK = "\ufeff"


class _Line(NamedTuple):
    """A line with its end, and its offset in the Dockerfile."""

    offset: int
    text: str

    @property
    def says_nothing(self) -> bool:
        words = self.text.lstrip(_BYTE_ORDER_MARK).lstrip()
        return not words or words.startswith("#")


def instructions(text: str) -> Iterator[Instruction]:
    """Every instruction, in order. Empty lines and comments between two are of neither."""
    lines = [_Line(match.start(), match[0]) for match in re.finditer(r".*\n|.+", text)]
    escape = _escape(lines)
    first = 0
    while first < len(lines):
        plain, after = _joined(lines, first, escape)
        if plain.text.strip():
            heredocs, after = _heredocs(lines, after, plain.text)
            whole = "".join(line.text for line in lines[first:after])
            yield Instruction(
                first + 1, lines[first].offset, whole, plain, *taken_apart(plain), heredocs=heredocs, escape=escape
            )
        first = after


def _escape(lines: Sequence[_Line]) -> str:
    """The escape character: directives come before all else (https://docs.docker.com/reference/dockerfile/#parser-directives)."""
    for line in lines:
        directive = _DIRECTIVE.fullmatch(line.text.lstrip(_BYTE_ORDER_MARK).strip())
        if not directive:
            break
        if directive[1].lower() == "escape" and directive[2] in words.ESCAPES:
            return directive[2]
    return words.ESCAPES[0]


def _joined(lines: Sequence[_Line], first: int, escape: str) -> tuple[Piece, int]:
    """The line at ``first`` and those that continue it as one, and the number of the line after them.

    Comments and empty lines among them are left out.
    """
    text, offsets, number = "", list[int](), first
    for number in range(first, len(lines)):
        offset, line = lines[number]
        if lines[number].says_nothing:
            if number == first:
                break
            continue
        written = line.rstrip("\r\n")
        said = _CONTINUED[escape].sub("", written)
        begin = len(said) - len(said.lstrip(_BYTE_ORDER_MARK).lstrip()) if number == first else 0
        text += said[begin:]
        offsets += range(offset + begin, offset + len(said))
        if said == written:
            break
    return Piece(text, tuple(offsets)), number + 1


def _heredocs(lines: Sequence[_Line], after: int, plain: str) -> tuple[tuple[str, ...], int]:
    """The heredocs of an instruction whose lines end before ``after``, and the number of the line after them
    (https://docs.docker.com/reference/dockerfile/#here-documents).
    """
    contents: list[str] = []
    for word in words.words(plain, words.ESCAPES[0]) if _MAY_HAVE_HEREDOCS.match(plain) else ():
        if found := _HEREDOC.fullmatch(word[0]):
            name = words.unquoted(found["name"], words.ESCAPES[0])
            end = after
            while end < len(lines) and not _ends(lines[end].text, name, indented=bool(found["indented"])):
                end += 1
            contents.append("".join(line.text for line in lines[after:end]))
            after = min(end + 1, len(lines))
    return tuple(contents), after


def _ends(line: str, name: str, *, indented: bool) -> bool:
    return (line.lstrip("\t") if indented else line).rstrip("\r\n") == name
