"""Which tags of one service have what it ships."""

from dataclasses import dataclass
from typing import Literal

from pipeline.tag import Tag


@dataclass(frozen=True, slots=True)
class Present:
    """The tags with all of it, and those with only a part; ``kind`` is the service's."""

    kind: Literal["image", "cli"]
    whole: frozenset[Tag] = frozenset()
    partial: frozenset[Tag] = frozenset()
