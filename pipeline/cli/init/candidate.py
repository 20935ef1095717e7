"""A service as it would be written into the catalogue."""

import re
from dataclasses import dataclass, field

from pipeline.tag import SERVICE_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One service: ``why`` tells how its context was guessed, ``remarks`` what a person should look at, and
    ``left_out`` why it is none. Without a name, nothing near its Dockerfile names it.
    """

    name: str
    kind: str = "image"
    dockerfile: str = ""
    context: str = "."
    target: str = ""
    build_args: dict[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    goreleaser: str = ""
    npm: str = ""
    cross_compiles: bool = False
    why: str = ""
    remarks: tuple[str, ...] = ()
    left_out: str = ""

    @property
    def file(self) -> str:
        """The file that it was found by."""
        return self.dockerfile or self.goreleaser


def valid(name: str) -> str:
    """The nearest that can be a tag namespace and an image name; empty where nothing is near."""
    plain = re.sub(r"[._-]{2,}", "-", re.sub(r"[^a-z0-9._-]", "-", name.lower())).strip("-._")
    return plain if re.fullmatch(SERVICE_NAME, plain) else ""
