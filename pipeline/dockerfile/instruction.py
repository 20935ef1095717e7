"""One instruction of a Dockerfile, taken apart: its keyword, its flags and the rest."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.dockerfile import words

_FLAG = re.compile(r"\s+--(?P<name>[^\s=]+)(?:=(?P<value>(?:\"[^\"]*\"|'[^']*'|\S)*))?(?!\S)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a Dockerfile, continued lines joined, and the offset in the Dockerfile of each character."""

    text: str
    offsets: tuple[int, ...]

    @property
    def start(self) -> int:
        """Where it begins in the Dockerfile; it must not be empty."""
        return self.offsets[0]

    @property
    def end(self) -> int:
        """Where it ends in the Dockerfile; it must not be empty."""
        return self.offsets[-1] + 1

    def part(self, start: int, end: int | None = None) -> "Piece":
        """What stands between two of its characters."""
        return Piece(self.text[start:end], self.offsets[start:end])

    def group(self, match: re.Match[str], name: str) -> "Piece":
        """What a group of a match in `text` has; empty where that has nothing."""
        return self.part(match.start(name), match.end(name)) if match[name] else Piece("", ())


class Flag(NamedTuple):
    """What stands as ``--name=value`` behind a keyword; the value as written, or empty."""

    name: str
    value: Piece


@dataclass(frozen=True, slots=True, eq=False)
class Instruction:
    """An instruction; ``line`` counts from one, and ``start`` is the offset of its first line in the Dockerfile."""

    line: int
    start: int
    text: str
    """All its lines, as written."""
    plain: Piece
    """The same as one line, without comments and heredocs."""
    keyword: str
    """In capitals."""
    flags: tuple[Flag, ...]
    rest: Piece
    """What comes after keyword and flags."""
    heredocs: tuple[str, ...]
    """The contents of each."""
    escape: str

    @property
    def end(self) -> int:
        """The offset in the Dockerfile of what comes after it."""
        return self.start + len(self.text)

    def flag(self, name: str) -> str | None:
        """A flag's value without quotes; None where the instruction has no such flag."""
        return next((words.unquoted(flag.value.text, self.escape) for flag in self.flags if flag.name == name), None)

    def words(self) -> list[Piece]:
        """The words of the rest, with their quotes."""
        return [self.rest.part(*match.span()) for match in words.words(self.rest.text, self.escape)]

    def listed(self) -> list[str] | None:
        """The rest where it is a list of strings in JSON
        (https://docs.docker.com/reference/dockerfile/#shell-and-exec-form).
        """
        with suppress(ValueError, RecursionError):
            values = json.loads(self.rest.text)
            if isinstance(values, list) and all(isinstance(value, str) for value in values):
                return values
        return None

    def arguments(self) -> list[str]:
        """The words of the rest without quotes, or what it lists in JSON."""
        listed = self.listed()
        return [words.unquoted(word.text, self.escape) for word in self.words()] if listed is None else listed


def taken_apart(plain: Piece) -> tuple[str, tuple[Flag, ...], Piece]:
    """The keyword, the flags and the rest of an instruction, which is not empty."""
    keyword = plain.text.split(maxsplit=1)[0]
    position, flags = len(keyword), list[Flag]()
    while found := _FLAG.match(plain.text, position):
        position = found.end()
        flags.append(Flag(found["name"], plain.group(found, "value")))
    position += len(plain.text[position:]) - len(plain.text[position:].lstrip())
    return keyword.upper(), tuple(flags), plain.part(position, len(plain.text.rstrip()))
