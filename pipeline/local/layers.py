"""What buildah's layer cache means for a Dockerfile: which stages an image is made of, and where layers are of use."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.dockerfile.stages import Dockerfile, Stage
from pipeline.dockerfile.variables import assigned

OF_ONE_RELEASE = frozenset({"VERSION", "REVISION", "CREATED", "SOURCE_DATE_EPOCH"})
"""Build arguments that another release gives another value: no command that can see one is taken from the cache."""

_WRITING = frozenset({"ADD", "COPY", "RUN"})
"""Instructions that buildah makes a layer of; the others only change the image's config."""

_EMPTY = "empty_layer"


def labelled(text: str, label: str, chain: Iterable[Stage]) -> str:
    """The Dockerfile with a ``LABEL`` at the begin of every stage of a target's chain, which has the last one first."""
    for stage in chain:
        before, after = text[: stage.begin.end], text[stage.begin.end :]
        text = f"{before}{'' if before.endswith(chr(10)) else chr(10)}LABEL {label}\n{after}"
    return text


def are_of_use(dockerfile: Dockerfile, target: str) -> bool:
    """Whether a build is to keep a layer for each instruction, which costs it about as much as a small build takes.

    It is where the image has several layers of its own, which are then cut as by any other builder, and where a
    stage that only helps has a command whose result another release can take from the cache.
    """
    chain = list(dockerfile.chain(target))
    own = [step for stage in chain for step in stage.instructions if step.keyword in _WRITING]
    return len(own) != 1 or any(_reusable(stage) for stage in dockerfile.stages if stage not in chain)


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
    for step in stage.instructions:
        if step.keyword == "RUN":
            return True
        if step.keyword == "ARG" and OF_ONE_RELEASE & assigned(step).keys():
            return False
    return False
