"""What buildah's layer cache means for a Dockerfile: which stages an image is made of, and where layers are of use."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.local import dockerfile

OF_ONE_RELEASE = frozenset({"VERSION", "REVISION", "CREATED", "SOURCE_DATE_EPOCH"})
"""Build arguments that another release gives another value: no command that can see one is taken from the cache."""

_WRITING = frozenset({"ADD", "COPY", "RUN"})
"""Instructions that buildah makes a layer of; the others only change the image's config."""

_EMPTY = "empty_layer"


@dataclass(frozen=True, slots=True)
class Stage:
    """A build stage: its name, what it starts from, where in the Dockerfile its ``FROM`` ends, and what comes after
    that, each as its keyword and the rest.
    """

    name: str
    base: str
    end: int
    steps: tuple[tuple[str, str], ...] = ()


def stages(text: str, known: Mapping[str, str]) -> list[Stage]:
    """Every stage of a Dockerfile, in order; ``known`` are its `pipeline.local.dockerfile.variables`."""
    found: list[Stage] = []
    for offset, instruction in dockerfile.instructions(text):
        if begun := dockerfile.FROM.match(instruction.text.lstrip()):
            name = dockerfile.STAGE.search(begun["tail"])
            base = dockerfile.expand(begun["image"].strip("\"'"), known).lower()
            found.append(Stage(name[1].lower() if name else "", base, offset + len(instruction.text)))
        elif found:
            keyword, _, rest = instruction.text.strip().partition(" ")
            found[-1] = replace(found[-1], steps=(*found[-1].steps, (keyword.upper(), rest)))
    return found


def labelled(text: str, label: str, target: str, known: Mapping[str, str]) -> str:
    """The Dockerfile with a ``LABEL`` at the begin of every stage that an image of ``target`` is made of."""
    for stage in _chain(stages(text, known), target):
        line = f"LABEL {label}\n"
        text = text[: stage.end] + (line if text[: stage.end].endswith("\n") else f"\n{line}") + text[stage.end :]
    return text


def are_of_use(text: str, target: str, known: Mapping[str, str]) -> bool:
    """Whether a build is to keep a layer for each instruction, which costs it about as much as a small build takes.

    It is where the image has several layers of its own, which are then cut as by any other builder, and where a
    stage that only helps has a command whose result another release can take from the cache.
    """
    every = stages(text, known)
    chain = list(_chain(every, target))
    own = [step for stage in chain for step in stage.steps if step[0] in _WRITING]
    return len(own) != 1 or any(_reusable(stage) for stage in every if stage not in chain)


def attributed(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """An image's history with its last layer at the instruction that wrote it.

    A build that keeps no layers notes its only one at its last instruction
    (https://github.com/opencontainers/image-spec/blob/main/config.md#properties: history).
    """
    entries = [dict(entry) for entry in history]
    last = next((n for n in reversed(range(len(entries))) if not entries[n].get(_EMPTY)), None)
    wrote = next((n for n in reversed(range(len(entries))) if _wrote(entries[n].get("created_by", ""))), None)
    if last is not None and wrote is not None and wrote < last:
        entries[last][_EMPTY] = True
        del entries[wrote][_EMPTY]
    return entries


def _wrote(created_by: str) -> bool:
    return bool(re.match(r"(\|\d+ .*)?/bin/sh -c (?!#\(nop\) (?!ADD|COPY))", created_by))


def _reusable(stage: Stage) -> bool:
    """Whether a stage runs something before it can see what belongs to one release."""
    for keyword, rest in stage.steps:
        if keyword == "RUN":
            return True
        if keyword == "ARG" and OF_ONE_RELEASE & {word.partition("=")[0] for word in rest.split()}:
            return False
    return False


def _chain(every: Sequence[Stage], target: str) -> Iterator[Stage]:
    """The target's stage and the stages it starts from, last first."""
    wanted, end = target.lower(), len(every)
    while (position := _position(every, wanted, end)) is not None:
        yield every[position]
        wanted, end = every[position].base or "scratch", position


def _position(every: Sequence[Stage], wanted: str, end: int) -> int | None:
    """Which of the stages before ``end`` a name or a number means; the last one where nothing is said."""
    if not wanted:
        return end - 1 if end else None
    return next((i for i in reversed(range(end)) if wanted in (every[i].name, str(i))), None)
