"""A Dockerfile as a hint to what it builds: its final stages, what it copies, and paths that an argument chooses."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import PurePosixPath

from pipeline.image.dockerfile import Dockerfile, Stage

_NAME = re.compile(
    r"(?:.*/)?(?:(?:Dockerfile|Containerfile)(?:\.(?P<after>[\w.-]+))?|(?P<before>[\w.-]+)\.[Dd]ockerfile)"
)
_NO_RECIPE = (".dockerignore", ".md", ".j2", ".jinja", ".tmpl", ".tpl", ".template", ".in", ".erb", ".orig", ".bak")
_CHOSEN = re.compile(r"(?P<folder>[\w./-]*[\w-])/\$(?:\{(?P<name>\w+)\}|(?P<bare>\w+))")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)[^}]*\})")
_RELATIVE = re.compile(r"(?<![\w/.$}-])(?:\./)?([\w.-]*[\w-](?:/[\w.-]*[\w-])+)")
_FROM = re.compile(r"(?:--|,)from=([^,\s]+)")
_PLATFORM = ("TARGET", "BUILD")
"""How arguments begin that tell of platforms (https://docs.docker.com/build/building/variables/#multi-platform-build-arguments)."""

NOT_SHIPPED = frozenset({"base", "build", "builder", "check", "ci", "debug", "deps", "dev", "development", "lint",
                         "local", "test", "tests"})  # fmt: skip
"""Names of stages and files that are for work on a service, and not what it ships."""

SHIPPED = frozenset({"app", "dist", "final", "image", "prod", "production", "release", "run", "runner", "runtime"})
"""Names of stages and files that say no more than that they are what is shipped."""

MANIFESTS = {"go": "go.mod", "cargo": "Cargo.toml", "npm": "package.json", "pnpm": "package.json", "yarn": "package.json",
             "mvn": "pom.xml", "uv": "pyproject.toml", "poetry": "pyproject.toml", "bundle": "Gemfile"}  # fmt: skip
"""Programs that build from a file at the top of what is copied."""


@dataclass(frozen=True)
class Recipe:
    """A Dockerfile: its path, its text with comments gone and continued lines joined, and its stages."""

    path: str
    text: str
    dockerfile: Dockerfile

    @classmethod
    def parse(cls, path: str, text: str) -> "Recipe":
        """Read one; what is not valid in it is the builder's to say."""
        plain = re.sub(r"^[ \t]*#.*\n?", "", text, flags=re.MULTILINE)
        return cls(path, re.sub(r"\\[ \t]*\n", " ", plain), Dockerfile.parse(text))

    @staticmethod
    def is_one(path: str) -> bool:
        """Whether a file is called like one (``Dockerfile``, ``Dockerfile.api``, ``api.Dockerfile``)."""
        return _NAME.fullmatch(path) is not None and not path.lower().endswith(_NO_RECIPE)

    @property
    def named(self) -> str | None:
        """What the file's own name has in it, such as ``api`` in ``Dockerfile.api``."""
        match = _NAME.fullmatch(self.path)
        return (match["after"] or match["before"]) if match else None

    @property
    def cross_compiles(self) -> bool:
        """Whether a stage runs on the builder's own platform."""
        return re.search(r"^\s*FROM\s+--platform=\S*BUILDPLATFORM", self.text, re.IGNORECASE | re.MULTILINE) is not None

    def targets(self) -> list[str]:
        """Named stages that nothing else in the file is made from, and that are not for development."""
        used = {stage.base.lower() for stage in self._stages} | {name.lower() for name in _FROM.findall(self.text)}
        names = [stage.name for stage in self._stages if not stage.name.isdigit()]
        return [name for name in names if name not in used and name not in NOT_SHIPPED]

    def chosen(self) -> Iterator[tuple[str, str]]:
        """Folders in which a build argument chooses one, with that argument: ``cmd/${SERVICE}``.

        Of a folder in the image (``/src/cmd/${SERVICE}``), every end of its path may be one in the context.
        """
        arguments = {name for stage in self._stages for name in stage.arguments} | set(self.dockerfile.defaults)
        matches = [(match["folder"], match["name"] or match["bare"]) for match in _CHOSEN.finditer(self.text)]
        for folder, name in sorted(matches, key=lambda match: match[0].startswith("/")):
            if name in arguments and not name.startswith(_PLATFORM):
                parts = PurePosixPath(folder).parts
                ends = range(1, len(parts)) if folder.startswith("/") else [0]
                yield from ((str(PurePosixPath(*parts[start:])), name) for start in ends)

    def copied(self, values: Mapping[str, str], target: str = "") -> list[str]:
        """What a stage's ``COPY``, ``ADD`` and bind mounts take from the context, by its path there.

        ``.`` is all of it. Arguments have their ``values``; a path ends before what is not among these.
        """
        text = "".join(self._texts(target))
        found = [
            path for path in [*_copied(text), *_mounted(text)] if "://" not in path and not path.startswith("git@")
        ]
        return list(dict.fromkeys(filter(None, (_plain(path, values) for path in found))))

    def mentioned(self) -> frozenset[str]:
        """What its commands name or need of what was copied: relative paths, and files such as ``go.mod``."""
        commands = " ".join(re.findall(r"^\s*(?:RUN|WORKDIR)\s+(.+)$", self.text, re.IGNORECASE | re.MULTILINE))
        programs = {word for word in re.findall(r"[\w-]+", commands) if word in MANIFESTS}
        return frozenset(_RELATIVE.findall(commands)) | {MANIFESTS[word] for word in programs}

    @property
    def _stages(self) -> tuple[Stage, ...]:
        return self.dockerfile.stages

    @cached_property
    def _parts(self) -> list[str]:
        """The text of each stage."""
        return re.split(r"^(?=[ \t]*FROM\s)", self.text, flags=re.IGNORECASE | re.MULTILINE)[1:]

    def _texts(self, target: str) -> Iterator[str]:
        """The texts of a stage (the last one when empty) and of all that it is made from."""
        names = {stage.name: number for number, stage in enumerate(self._stages)}
        names |= {str(number): number for number in range(len(self._stages))}
        open_, seen = [names.get(target.lower(), len(self._parts) - 1)], set[int]()
        while open_:
            number = open_.pop()
            if number in seen or not 0 <= number < min(len(self._parts), len(self._stages)):
                continue
            seen.add(number)
            yield self._parts[number]
            used = [self._stages[number].base, *_FROM.findall(self._parts[number])]
            open_ += [names[name.lower()] for name in used if name.lower() in names]


def _copied(text: str) -> Iterator[str]:
    for line in re.findall(r"^\s*(?:COPY|ADD)\s+(.+)$", text, re.IGNORECASE | re.MULTILINE):
        flags, words = _split(line)
        if not any(flag.startswith("--from=") for flag in flags):
            yield from [word for word in words if not word.startswith("<<")][:-1]


def _mounted(text: str) -> Iterator[str]:
    """Bind mounts (https://docs.docker.com/reference/dockerfile/#run---mounttypebind)."""
    for words in re.findall(r"--mount=(\S+)", text):
        options = dict(option.partition("=")[::2] for option in words.split(","))
        if options.get("type", "bind") == "bind" and "from" not in options:
            yield options.get("source") or options.get("src") or "."


def _split(line: str) -> tuple[list[str], list[str]]:
    """An instruction's flags and its words, which may be written as a list in JSON."""
    words = line.split()
    flags = list(takewhile(lambda word: word.startswith("--"), words))
    rest = line.split(None, len(flags))[-1] if len(words) > len(flags) else ""
    if rest.startswith("["):
        return flags, re.findall(r'"([^"]*)"', rest)
    try:
        return flags, shlex.split(rest)
    except ValueError:
        # A quote without its end: the builder says so.
        return flags, rest.split()


def _plain(path: str, values: Mapping[str, str]) -> str | None:
    known = _VARIABLE.sub(lambda match: values.get(match[1] or match[2], match[0]), path)
    parts = PurePosixPath(known.lstrip("/")).parts
    unknown = next((number for number, part in enumerate(parts) if "$" in part), len(parts))
    return str(PurePosixPath(*parts[:unknown])) if unknown or not parts else None
