"""A Dockerfile's build stages: what each starts from, what it takes from others, and what a target is made of.

https://docs.docker.com/reference/dockerfile/#from and https://docs.docker.com/reference/dockerfile/#copy---from
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.dockerfile.instruction import Instruction, Piece
from pipeline.dockerfile.instructions import instructions
from pipeline.dockerfile.variables import before_stages
from pipeline.dockerfile.words import expand, unquoted

SCRATCH = "scratch"
"""What is named like an image, and is nothing to start from."""

_FROM = re.compile(r"(?:^|,)from=(?P<name>[^,]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A stage, which begins with its ``FROM``."""

    number: int
    written_name: str
    """What stands after ``AS``; empty where that does not."""
    image: Piece
    """What ``FROM`` names, as written."""
    base: str
    """What that comes to with values for its variables."""
    platform: str | None
    """The same of ``--platform``; None where that is not said."""
    parent: "Stage | None"
    """The stage that it starts from; None where that is none."""
    begin: Instruction
    instructions: tuple[Instruction, ...]
    """What comes after ``FROM``."""

    @property
    def name(self) -> str:
        """Its name in small letters: case does not tell stages apart."""
        return self.written_name.lower()

    @property
    def base_image(self) -> str | None:
        """The image that it starts from; None for a stage, for ``scratch``, and for what only the builder can tell."""
        told = self.base not in ("", SCRATCH) and "$" not in self.base
        return self.base if told and not self.parent else None

    def sources(self) -> Iterator[Piece]:
        """The stages and images that it copies or mounts from, as written."""
        for instruction in self.instructions:
            for flag in instruction.flags:
                if (instruction.keyword, flag.name) == ("COPY", "from"):
                    yield flag.value
                elif (instruction.keyword, flag.name) == ("RUN", "mount"):
                    yield from (flag.value.group(match, "name") for match in _FROM.finditer(flag.value.text))


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile, read for a build: all its instructions, and the stages that they make."""

    instructions: tuple[Instruction, ...]
    stages: tuple[Stage, ...]

    @classmethod
    def parse(cls, text: str, given: Mapping[str, str]) -> "Dockerfile":
        """Read a text; ``given`` are the arguments of the build, those that tell of platforms among them.

        What is not valid in it is the builder's to say.
        """
        every = tuple(instructions(text))
        begins = [position for position, instruction in enumerate(every) if instruction.keyword == "FROM"]
        known = before_stages(every[: min(begins, default=len(every))], given)
        stages: list[Stage] = []
        for begin, end in pairwise([*begins, len(every)]):
            stages.append(_stage(every[begin:end], known, stages))
        return cls(every, tuple(stages))

    def stage(self, name: str = "") -> Stage | None:
        """The stage of a name, the last one where nothing is said; None where there is none. A number is no name."""
        if name:
            return _named(self.stages, name)
        return self.stages[-1] if self.stages else None

    def source(self, stage: Stage, reference: Piece) -> Stage | None:
        """The earlier stage that one of a stage's sources is, by name or number; None where it is an image."""
        name = unquoted(reference.text, stage.begin.escape)
        return _named(self.stages[: stage.number], name) or next(
            (earlier for earlier in self.stages[: stage.number] if str(earlier.number) == name), None
        )

    def chain(self, target: str = "") -> Iterator[Stage]:
        """The target's stage and the stages it starts from, last first."""
        stage = self.stage(target)
        while stage:
            yield stage
            stage = stage.parent

    def made_from(self, stage: Stage) -> list[Stage]:
        """The stages that a stage starts from, copies from or mounts from."""
        found = (stage.parent, *(self.source(stage, reference) for reference in stage.sources()))
        return [stage for stage in found if stage]

    def needed(self, target: str = "") -> list[Stage]:
        """The target's stage and all stages that are built for it."""
        found: list[Stage] = []
        left = list(self.chain(target))[:1]
        while left:
            stage = left.pop()
            if stage not in found:
                found.append(stage)
                left += self.made_from(stage)
        return found


def _stage(part: Sequence[Instruction], known: Mapping[str, str], earlier: Sequence[Stage]) -> Stage:
    begin = part[0]
    words = begin.words() or [begin.rest]
    base = expand(words[0].text, known, begin.escape)
    named = len(words) > 2 and words[1].text.upper() == "AS"
    platform = begin.flag("platform")
    return Stage(
        number=len(earlier),
        written_name=words[2].text if named else "",
        image=words[0],
        base=base,
        platform=None if platform is None else expand(platform, known, begin.escape),
        parent=_named(earlier, base),
        begin=begin,
        instructions=tuple(part[1:]),
    )


def _named(stages: Sequence[Stage], name: str) -> Stage | None:
    return next((stage for stage in reversed(stages) if name and stage.name == name.lower()), None)
