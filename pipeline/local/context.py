"""What the nouns of one session share."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.local.base import Base
from pipeline.local.builder import Builder
from pipeline.local.credentials import Credentials
from pipeline.local.graph import Node
from pipeline.local.pulled import Images
from pipeline.local.registry import Registry
from pipeline.local.workspace import Workspace
from pipeline.runtime.limits import Limits


@dataclass(frozen=True, slots=True)
class Context:
    """The parts every noun can reach.

    ``container`` makes the noun of that name: a directory gives containers, and containers give directories, so one
    of the two files cannot import the other.
    """

    workspace: Workspace
    credentials: Credentials
    registry: Registry
    images: Images
    builder: Builder
    container: Callable[["Context", Base], Node]
    limits: Limits = field(default_factory=Limits)
