"""What one run of a release is asked for, and whom it talks to."""

from dataclasses import dataclass

from pipeline.catalogue import Service
from pipeline.errors import BadFlag
from pipeline.github.api import Github
from pipeline.source import Source
from pipeline.tag import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be released, and from where.

    ``may_be_off_main`` exempts this tag from being on ``main``. With ``dry_run`` nothing is published, and ``ref``
    may stand in for a tag that does not exist yet.
    """

    tag: Tag
    service: Service
    may_be_off_main: bool
    source: Source
    github: Github
    dry_run: bool = False
    ref: str = ""

    def __post_init__(self) -> None:
        if self.ref and not self.dry_run:
            raise BadFlag("--ref stands in for a tag only in a rehearsal.", next="Add --dry-run, or leave out --ref.")
