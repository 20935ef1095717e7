"""A Dockerfile as a hint to what it builds: its final stages, what it copies, and paths that an argument chooses."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.image.dockerfile import Dockerfile

_NAME = re.compile(r"(?:.*/)?(?:(?P<before>[\w.-]+)\.)?(?:Dockerfile|Containerfile)(?:\.(?P<after>[\w-]+))?")
_CHOSEN = re.compile(r"(?P<folder>[\w./-]*[\w-])/\$(?:\{(?P<name>\w+)\}|(?P<bare>\w+))")

NOT_SHIPPED = frozenset({"base", "build", "builder", "check", "ci", "debug", "deps", "dev", "development", "lint", "test",
                         "tests"})  # fmt: skip
"""Names of stages that are for work on a service, and not what it ships."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A Dockerfile: its path, its text with continued lines joined, and its stages."""

    path: str
    text: str
    dockerfile: Dockerfile

    @classmethod
    def parse(cls, path: str, text: str) -> "Recipe":
        """Read one; what is not valid in it is the builder's to say."""
        return cls(path, re.sub(r"\\\s*\n", " ", text), Dockerfile.parse(text))

    @staticmethod
    def is_one(path: str) -> bool:
        """Whether a file is called like one (``Dockerfile``, ``Dockerfile.api``, ``api.Dockerfile``)."""
        return _NAME.fullmatch(path) is not None and not path.endswith(".dockerignore")

    @property
    def named(self) -> str | None:
        """The service that the file's own name has in it, such as ``api`` in ``Dockerfile.api``."""
        match = _NAME.fullmatch(self.path)
        return (match["after"] or match["before"]) if match else None

    @property
    def cross_compiles(self) -> bool:
        """Whether a stage runs on the builder's own platform."""
        return re.search(r"^\s*FROM\s+--platform=\S*BUILDPLATFORM", self.text, re.IGNORECASE | re.MULTILINE) is not None

    def targets(self) -> list[str]:
        """Named stages that nothing else in the file is made from, and that are not for development."""
        used = {stage.base.lower() for stage in self.dockerfile.stages}
        used |= {
            name.lower() for name in re.findall(r"--from=(\S+)|from=([^,\s]+)", self.text) for name in name if name
        }
        names = [stage.name for stage in self.dockerfile.stages if not stage.name.isdigit()]
        return [name for name in names if name not in used and name not in NOT_SHIPPED]

    def chosen(self) -> Iterator[tuple[str, str]]:
        """Folders in which a build argument chooses one, with that argument: ``cmd/${SERVICE}``."""
        arguments = {name for stage in self.dockerfile.stages for name in stage.arguments} | set(
            self.dockerfile.defaults
        )
        for match in _CHOSEN.finditer(self.text):
            name = match["name"] or match["bare"]
            if name in arguments:
                yield match["folder"].removeprefix("./"), name

    def copied(self) -> list[str]:
        """What ``COPY`` and ``ADD`` take from the context, as written."""
        found = []
        for line in re.findall(r"^\s*(?:COPY|ADD)\s+(.+)$", self.text, re.IGNORECASE | re.MULTILINE):
            words = _words(line)
            if not any(word.startswith("--from=") for word in words):
                found += [word for word in words if not word.startswith("--")][:-1]
        return [path.removeprefix("./").rstrip("/") or "." for path in found]


def _words(line: str) -> list[str]:
    if line.startswith("["):
        return re.findall(r'"([^"]*)"', line)
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()
