"""The layers that an image gets, cut the same whichever way buildah builds it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.dockerfile.stages import Dockerfile

_WRITING = frozenset({"ADD", "COPY", "RUN"})
"""Instructions that buildah makes a layer of; the others only change the image's config."""

_EMPTY = "empty_layer"


def are_several(dockerfile: Dockerfile, target: str) -> bool:
    """Whether an image has more than one layer of its own, or none, so that one for all its instructions will not do.

    A layer for each instruction, the cut that other builders make, costs about as much time as a small build takes.
    """
    chain = list(dockerfile.chain(target))
    own = [step for stage in chain for step in stage.instructions if step.keyword in _WRITING]
    return len(chain) != 1 or len(own) != 1


def attributed(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """An image's history with its last layer at the instruction that wrote it.

    A build with one layer for all instructions notes it at the last of them
    (https://github.com/opencontainers/image-spec/blob/main/config.md#properties: history).
    """
    entries = [dict(entry) for entry in history]
    last = next((n for n in reversed(range(len(entries))) if not entries[n].get(_EMPTY)), None)
    wrote = next((n for n in reversed(range(len(entries))) if _wrote(entries[n].get("created_by", ""))), None)
    if last is not None and wrote is not None and wrote < last and entries[wrote].pop(_EMPTY, False):
        entries[last][_EMPTY] = True
    return entries


def _wrote(created_by: str) -> bool:
    return bool(re.match(r"(\|\d+ .*)?/bin/sh -c (?!#\(nop\) (?!ADD|COPY))", created_by, re.DOTALL))
