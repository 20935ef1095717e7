"""The words of a Dockerfile: where they end, and what they say without quotes and with values for variables.

https://docs.docker.com/reference/dockerfile/#environment-replacement and ``frontend/dockerfile/shell`` in moby/buildkit.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

ESCAPES = ("\\", "`")
"""What may be the escape character; the first one is where a Dockerfile says nothing
(https://docs.docker.com/reference/dockerfile/#escape).
"""

_VARIABLE = (
    r"(?P<variable>\$(?:(?P<bare>\w+)|\{(?P<name>\w+)"
    r"(?:(?P<colon>:?)(?P<how>[-+?])(?P<word>(?:[^{}]|\{[^{}]*\})*))?\}))"
)


class _Patterns(NamedTuple):
    """What a word is, what in it is more than plain characters, and what is so between double quotes."""

    word: re.Pattern[str]
    part: re.Pattern[str]
    inside: re.Pattern[str]


@cache
def _patterns(escape: str) -> _Patterns:
    e = re.escape(escape)
    quoted = rf"'(?P<literal>[^']*)'|\"(?P<double>(?:{e}.|[^\"{e}])*)\"|{e}(?P<escaped>.)"
    return _Patterns(
        word=re.compile(rf"(?:{quoted}|\S)+", re.DOTALL),
        part=re.compile(rf"{quoted}|{_VARIABLE}", re.DOTALL),
        inside=re.compile(rf"{e}(?P<escaped>[\"${e}])|{_VARIABLE}"),
    )


def words(text: str, escape: str) -> Iterator[re.Match[str]]:
    """The words of a text as they are written: spaces that are quoted or escaped part none."""
    return _patterns(escape).word.finditer(text)


def unquoted(word: str, escape: str) -> str:
    """A word without quotes and escapes, its variables as they are written."""
    return _plain(word, escape, lambda variable: variable[0])


def is_remote(source: str) -> bool:
    """Whether a source of ``ADD`` is a URL or a git repository, and no path
    (https://docs.docker.com/reference/dockerfile/#source-1).
    """
    return "://" in source or source.startswith("git@")


def used(word: str) -> frozenset[str]:
    """The names of the variables in a word."""
    return frozenset(match["bare"] or match["name"] for match in re.finditer(_VARIABLE, word))


def expand(word: str, values: Mapping[str, str], escape: str = ESCAPES[0]) -> str:
    """A word without quotes and with values for its variables: ``$NAME``, ``${NAME}``, ``${NAME:-default}``,
    ``${NAME:+other}``, ``${NAME:?message}``, and these three without the colon.

    What has no value is empty. What changes a value (``${NAME#pattern}``) stays as it is written.
    """

    def value(variable: re.Match[str]) -> str:
        known = values.get(variable["bare"] or variable["name"])
        there = bool(known) if variable["colon"] else known is not None
        if (variable["how"] == "-" and not there) or (variable["how"] == "+" and there):
            return expand(variable["word"], values, escape)
        return known or ""

    return _plain(word, escape, value)


def _plain(word: str, escape: str, value: Callable[[re.Match[str]], str]) -> str:
    patterns = _patterns(escape)

    def inside(match: re.Match[str]) -> str:
        return match["escaped"] or value(match)

    def part(match: re.Match[str]) -> str:
        if match["variable"]:
            return value(match)
        if match["double"] is not None:
            return patterns.inside.sub(inside, match["double"])
        return match["escaped"] or match["literal"]

    return patterns.part.sub(part, word)
