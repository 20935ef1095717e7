"""What the nouns of one session share."""

from dataclasses import dataclass, field

from pipeline.local.builder import Builder
from pipeline.local.credentials import Credentials
from pipeline.local.pulled import Images
from pipeline.local.registry import Registry
from pipeline.local.workspace import Workspace
from pipeline.runtime.limits import Limits


@dataclass(frozen=True, slots=True)
class Context:
    """The parts every noun can reach."""

    workspace: Workspace
    credentials: Credentials
    registry: Registry
    images: Images
    builder: Builder
    limits: Limits = field(default_factory=Limits)
