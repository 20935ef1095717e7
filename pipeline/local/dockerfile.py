"""Reading a Dockerfile as far as needed: its instructions, and the images it takes from registries.

https://docs.docker.com/reference/dockerfile/
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from pipeline.local import platforms

_DIRECTIVE = re.compile(r"#\s*escape\s*=\s*(\S)\s*$", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?([\"']?)([A-Za-z_]\w*)\1")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})")
FROM = re.compile(
    r"(?P<head>FROM\s+(?:--platform=(?P<platform>\S+)\s+)?)(?P<image>\S+)(?P<tail>.*)", re.IGNORECASE | re.DOTALL
)
STAGE = re.compile(r"\s+AS\s+(\S+)", re.IGNORECASE)
_COPY = re.compile(r"(?P<head>(?:COPY|ADD)\s+(?:--\S+\s+)*?--from=)(?P<image>[^\s,]+)", re.IGNORECASE)
_MOUNT = re.compile(r"(?P<head>--mount=\S*?\bfrom=)(?P<image>[^\s,]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction with all its lines, heredocs included; ``line`` counts from one."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ImageUse:
    """An image of a registry, and where in the Dockerfile its name is written."""

    start: int
    end: int
    image: str
    platform: str


def instructions(text: str) -> Iterator[tuple[int, Instruction]]:
    """Every instruction with its offset in the text; comments and empty lines are left out."""
    lines = text.splitlines(keepends=True)
    escape = next((m[1] for m in map(_DIRECTIVE.match, lines[:1]) if m), "\\")
    offset = position = 0
    while position < len(lines):
        size = _size(lines, position, escape)
        whole = "".join(lines[position : position + size])
        if whole.strip() and not whole.lstrip().startswith("#"):
            yield offset, Instruction(position + 1, whole)
        offset += len(whole)
        position += size


def _size(lines: list[str], first: int, escape: str) -> int:
    """How many lines the instruction at ``first`` has."""
    last = first
    while last + 1 < len(lines) and not _is_comment(lines[first]) and _continues(lines[last], escape):
        last += 1
    ends = (
        [name for _, name in _HEREDOC.findall("".join(lines[first : last + 1]))] if _may_heredoc(lines[first]) else []
    )
    for end in ends:
        while last + 1 < len(lines) and lines[last].strip() != end:
            last += 1
    return last + 1 - first


def _continues(line: str, escape: str) -> bool:
    return line.rstrip().endswith(escape) or _is_comment(line)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _may_heredoc(line: str) -> bool:
    return line.split(maxsplit=1)[:1] != [] and line.split(maxsplit=1)[0].upper() in {"RUN", "COPY", "ADD"}


def variables(text: str, arguments: Mapping[str, str], platform: str) -> dict[str, str]:
    """What ``FROM`` lines may use in a build for ``platform``: its platforms, and what ARG lines before them declare."""
    known = {**platform_arguments(platform), "": ""}
    for _, instruction in instructions(text):
        if FROM.match(instruction.text.lstrip()):
            break
        known |= _declared(instruction.text, arguments, known)
    return known


def images(text: str, arguments: Mapping[str, str], platform: str) -> list[ImageUse]:
    """The images that a build for ``platform`` with these build arguments takes from registries."""
    known = variables(text, arguments, platform)
    uses: list[ImageUse] = []
    stages: set[str] = {"scratch"}
    started = False
    for offset, instruction in instructions(text):
        body = instruction.text.lstrip()
        begin = offset + len(instruction.text) - len(body)
        if found := FROM.match(body):
            started = True
            wanted = platforms.checked(expand(found["platform"], known)) if found["platform"] else platform
            uses += _use(found, begin, known, wanted, stages)
            stages |= {name.lower() for name in STAGE.findall(found["tail"])}
        elif started:
            for match in (*_COPY.finditer(body), *_MOUNT.finditer(body)):
                uses += _use(match, begin, known, platform, stages)
    return uses


def pinned(text: str, pins: Mapping[ImageUse, str]) -> str:
    """The Dockerfile with other names for some of its images."""
    for use in sorted(pins, key=lambda use: use.start, reverse=True):
        text = text[: use.start] + pins[use] + text[use.end :]
    return text


def expand(text: str, variables: Mapping[str, str]) -> str:
    """``$NAME``, ``${NAME}``, ``${NAME:-default}`` and ``${NAME:+other}`` replaced."""

    def value(match: re.Match[str]) -> str:
        known = variables.get(match[1] or match[2], "")
        if match[3] == "-":
            return known or expand(match[4], variables)
        if match[3] == "+":
            return expand(match[4], variables) if known else ""
        return known

    return _VARIABLE.sub(value, text)


def command(run: str) -> list[str]:
    """What a RUN instruction starts: its exec form as it is, its shell form in the shell."""
    text = re.sub(r"(?i)^\s*RUN\s+(--\S+\s+)*", "", run)
    with suppress(ValueError):
        words = json.loads(text)
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return words
    return ["/bin/sh", "-c", text]


def platform_arguments(platform: str) -> dict[str, str]:
    """The build arguments that are there without asking ("Automatic platform ARGs in the global scope")."""
    values: dict[str, str] = {}
    for prefix, name in (("TARGET", platform), ("BUILD", platforms.default())):
        described = platforms.described(name)
        values |= {f"{prefix}PLATFORM": name, f"{prefix}OS": described["os"]}
        values |= {f"{prefix}ARCH": described["architecture"], f"{prefix}VARIANT": described.get("variant", "")}
    return values


def _use(
    match: re.Match[str], begin: int, variables: Mapping[str, str], platform: str, stages: set[str]
) -> list[ImageUse]:
    image = expand(match["image"].strip("\"'"), variables)
    if not image or image.isdecimal() or image.lower() in stages or "$" in image:
        return []
    return [ImageUse(begin + match.start("image"), begin + match.end("image"), image, platform)]


def _declared(text: str, arguments: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """What an ARG before the first FROM declares."""
    keyword, _, rest = text.strip().partition(" ")
    declared: dict[str, str] = {}
    for word in rest.split() if keyword.upper() == "ARG" else ():
        name, equals, default = word.partition("=")
        if name in arguments:
            declared[name] = arguments[name]
        elif equals:
            declared[name] = expand(default.strip("\"'"), {**variables, **declared})
    return declared
