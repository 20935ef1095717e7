"""A Dockerfile as a hint to what it builds: its final stages, what it copies, and paths that an argument chooses."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, takewhile
from pathlib import PurePosixPath

from pipeline.dockerfile.instruction import Instruction
from pipeline.dockerfile.stages import Dockerfile
from pipeline.dockerfile.variables import assigned
from pipeline.dockerfile.words import expand, is_remote, used

_NAME = re.compile(
    r"(?:.*/)?(?:(?:Dockerfile|Containerfile)(?:\.(?P<after>[\w.-]+))?|(?P<before>[\w.-]+)\.[Dd]ockerfile)"
)
_NO_RECIPE = (".dockerignore", ".md", ".j2", ".jinja", ".tmpl", ".tpl", ".template", ".in", ".erb", ".orig", ".bak")
_CHOSEN = re.compile(r"(?P<folder>[\w./-]*[\w-])/\$(?:\{(?P<name>\w+)\}|(?P<bare>\w+))")
_RELATIVE = re.compile(r"(?<![\w/.$}-])(?:\./)?([\w.-]*[\w-](?:/[\w.-]*[\w-])+)")
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


@dataclass(frozen=True, slots=True)
class Recipe:
    """A Dockerfile: its path, and what it says without any argument given."""

    path: str
    dockerfile: Dockerfile

    @classmethod
    def parse(cls, path: str, text: str) -> "Recipe":
        """Read one; what is not valid in it is the builder's to say."""
        return cls(path, Dockerfile.parse(text, {}))

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
        return any("BUILDPLATFORM" in used(stage.begin.flag("platform") or "") for stage in self.dockerfile.stages)

    def targets(self) -> list[str]:
        """Named stages that nothing else in the file is made from, and that are not for development."""
        stages = self.dockerfile.stages
        inner = {part for stage in stages for part in self.dockerfile.made_from(stage)}
        return [stage.name for stage in stages if stage.name and stage not in inner and stage.name not in NOT_SHIPPED]

    def chosen(self) -> Iterator[tuple[str, str]]:
        """Folders in which a build argument chooses one, with that argument: ``cmd/${SERVICE}``.

        Of a folder in the image (``/src/cmd/${SERVICE}``), every end of its path may be one in the context.
        """
        instructions = self.dockerfile.instructions
        arguments = {name for one in instructions if one.keyword == "ARG" for name in assigned(one)}
        text = "\n".join(part for one in instructions for part in (one.plain.text, *one.heredocs))
        matches = [(match["folder"], match["name"] or match["bare"]) for match in _CHOSEN.finditer(text)]
        for folder, name in sorted(matches, key=lambda match: match[0].startswith("/")):
            if name in arguments and not name.startswith(_PLATFORM):
                parts = PurePosixPath(folder).parts
                ends = range(1, len(parts)) if folder.startswith("/") else [0]
                yield from ((str(PurePosixPath(*parts[start:])), name) for start in ends)

    def copied(self, values: Mapping[str, str], target: str = "") -> list[str]:
        """What a stage's ``COPY``, ``ADD`` and bind mounts take from the context, by its path there.

        ``.`` is all of it. Arguments have their ``values``; a path ends before what is not among these.
        """
        instructions = [one for stage in self.dockerfile.needed(target) for one in stage.instructions]
        found = [
            path for path in chain(*map(_copied, instructions), *map(_mounted, instructions)) if not is_remote(path)
        ]
        return list(dict.fromkeys(filter(None, (_known(path, values) for path in found))))

    def mentioned(self) -> frozenset[str]:
        """What its commands name or need of what was copied: relative paths, and files such as ``go.mod``."""
        named = [one for one in self.dockerfile.instructions if one.keyword in ("RUN", "WORKDIR")]
        commands = " ".join(part for one in named for part in (one.rest.text, *one.heredocs))
        programs = {word for word in re.findall(r"[\w-]+", commands) if word in MANIFESTS}
        return frozenset(_RELATIVE.findall(commands)) | {MANIFESTS[word] for word in programs}


def _copied(instruction: Instruction) -> list[str]:
    if instruction.keyword not in ("ADD", "COPY") or instruction.flag("from") is not None:
        return []
    return [word for word in instruction.arguments() if not word.startswith("<<")][:-1]


def _mounted(instruction: Instruction) -> Iterator[str]:
    """Bind mounts (https://docs.docker.com/reference/dockerfile/#run---mounttypebind)."""
    for flag in instruction.flags if instruction.keyword == "RUN" else ():
        options = dict(option.partition("=")[::2] for option in flag.value.text.split(","))
        if flag.name == "mount" and options.get("type", "bind") == "bind" and "from" not in options:
            yield options.get("source") or options.get("src") or "."


def _known(path: str, values: Mapping[str, str]) -> str | None:
    """A path with values for its arguments, up to the one that has none; None where that is the first."""
    parts = PurePosixPath(path.lstrip("/")).parts
    known = list(takewhile(lambda part: used(part) <= values.keys(), parts))
    return expand(str(PurePosixPath(*known)), values) if known or not parts else None
