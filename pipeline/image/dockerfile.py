"""What a Dockerfile says about its environment, read without building it.

A Dagger engine leaves every build argument that a Dockerfile declares in the image's environment; Docker and
buildah do not (https://docs.docker.com/reference/dockerfile/#arg). `arguments_only` names the ones to take out,
so that an image is the same whoever built it.
"""

import io
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dockerfile_parse import DockerfileParser


class Stage(NamedTuple):
    """One build stage: what it is called, what it starts from, and the names its ``ARG`` and ``ENV`` lines set."""

    name: str
    base: str
    arguments: frozenset[str] = frozenset()
    environment: frozenset[str] = frozenset()


class Dockerfile(NamedTuple):
    """The stages of a Dockerfile, in order, and the defaults of the ``ARG`` lines above the first."""

    stages: tuple[Stage, ...]
    defaults: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Dockerfile":
        """Read a Dockerfile's text; what is not valid in it is the builder's to say."""
        parser = DockerfileParser(fileobj=io.BytesIO())  # type: ignore[arg-type]  # it reads and writes bytes
        parser.content = text
        stages: list[Stage] = []
        defaults: dict[str, str] = {}
        for instruction, value in _instructions(parser.structure):
            if instruction == "FROM":
                stages.append(_stage(value, str(len(stages))))
            elif instruction == "ARG" and not stages:
                defaults.update(_defaults(value))
            elif instruction == "ARG":
                stages[-1] = stages[-1]._replace(arguments=stages[-1].arguments | _argument_names(value))
            elif instruction == "ENV" and stages:
                stages[-1] = stages[-1]._replace(environment=stages[-1].environment | _environment_names(value))
        return cls(tuple(stages), defaults)

    def arguments_only(self, target: str) -> frozenset[str]:
        """Names that are build arguments in the target's stages but that no ``ENV`` of theirs sets.

        ``target`` is a stage's name or number, or empty for the last stage.
        """
        chain = list(self._chain(target))
        arguments = frozenset[str]().union(*(stage.arguments for stage in chain))
        return arguments - frozenset[str]().union(*(stage.environment for stage in chain))

    def base(self, target: str, arguments: Mapping[str, str]) -> str | None:
        """The image that the target's first stage starts from; None for ``scratch`` and for what cannot be told.

        ``arguments`` are the build's own, which come before the defaults of ``ARG`` lines above the first stage.
        """
        chain = list(self._chain(target))
        base = _substituted(chain[-1].base, {**self.defaults, **arguments}) if chain else "scratch"
        return None if base == "scratch" or "$" in base else base

    def bases(self, arguments: Mapping[str, str]) -> tuple[str, ...]:
        """Every image that a stage starts from, as named in ``FROM`` lines; stages, ``scratch`` and what cannot be
        told are left out. ``arguments`` as in `base`.
        """
        values = {**self.defaults, **arguments}
        named = [
            _substituted(stage.base, values)
            for position, stage in enumerate(self.stages)
            if self._position(stage.base.lower(), position) is None
        ]
        return tuple(dict.fromkeys(base for base in named if base not in ("", "scratch") and "$" not in base))

    def _chain(self, target: str) -> Iterator[Stage]:
        """The target's stage and the stages it starts from, last first."""
        wanted, end = target.lower(), len(self.stages)
        while (position := self._position(wanted, end)) is not None:
            yield self.stages[position]
            wanted, end = self.stages[position].base.lower(), position
            if not wanted:
                return

    def _position(self, name: str, end: int) -> int | None:
        if not name:
            return end - 1 if end else None
        return next((i for i in reversed(range(end)) if name in (self.stages[i].name, str(i))), None)


def _instructions(structure: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    return ((line["instruction"].upper(), line["value"]) for line in structure if line["instruction"] != "COMMENT")


def _stage(value: str, number: str) -> Stage:
    words = [word for word in value.split() if not word.startswith("--")]
    name = words[2].lower() if len(words) > 2 and words[1].upper() == "AS" else number
    return Stage(name, words[0] if words else "")


def _argument_names(value: str) -> frozenset[str]:
    return frozenset(word.partition("=")[0] for word in _unquoted(value).split())


def _environment_names(value: str) -> frozenset[str]:
    """``ENV NAME=value …`` sets several names, the old ``ENV NAME value`` one."""
    words = _unquoted(value).split()
    one = bool(words) and "=" not in words[0]
    return frozenset(word.partition("=")[0] for word in (words[:1] if one else words))


def _defaults(value: str) -> dict[str, str]:
    try:
        pairs = [word.partition("=") for word in shlex.split(value)]
    except ValueError:
        # A quote without its end: the builder says so.
        return {}
    return {name: default for name, equals, default in pairs if equals}


def _substituted(text: str, values: Mapping[str, str]) -> str:
    """``$NAME``, ``${NAME}`` and ``${NAME:-default}`` replaced; what has no value stays as it is."""

    def value(match: re.Match[str]) -> str:
        found = values.get(match["bare"] or match["name"]) or match["default"]
        return match[0] if found is None else found

    return re.sub(r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})", value, text)


def _unquoted(value: str) -> str:
    """The value with every quoted or escaped part as one plain word."""
    return re.sub(r'"(\\.|[^"\\])*"|\'[^\']*\'|\\.', "_", value)
