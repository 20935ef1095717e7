"""One move of a pin: from what is pinned now to a released version, as a change of one file."""

from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING, Literal

from pipeline.errors import BadPin
from pipeline.github import contents
from pipeline.github.contents import File
from pipeline.infra import pin, values
from pipeline.infra.pin import Image, Pin
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.Repository import Repository

Direction = Literal["promote", "rollback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an environment's pin of a service is, and where the chart is that it pins."""

    environment: str
    pin_path: str
    values_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What would change: the file as it is on ``base``, its new text, and what was pinned before."""

    direction: Direction
    tag: Tag
    image: Image
    place: Place
    base: str
    file: File
    text: str
    before: Pin

    @property
    def is_done(self) -> bool:
        """Whether the pin is there already."""
        return self.text == self.file.text

    @property
    def branch(self) -> str:
        """The branch of this very move: the same move always finds its own pull request again."""
        return f"{self.prefix}{self.tag.image_tag}"

    @property
    def prefix(self) -> str:
        """What the branches of all such moves of this service in this environment start with."""
        return f"{self.direction}/{self.place.environment}/{self.tag.service}/"

    @property
    def title(self) -> str:
        """The commit's and the pull request's title."""
        verb = "promote" if self.direction == "promote" else "roll back"
        return f"{verb} {self.tag.service} in {self.place.environment} to {self.tag.image_tag}"

    def diff(self) -> str:
        """The change as a unified diff."""
        lines = unified_diff(
            self.file.text.splitlines(keepends=True),
            self.text.splitlines(keepends=True),
            f"a/{self.file.path}",
            f"b/{self.file.path}",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def current(repository: "Repository", place: Place, image: Image) -> tuple[File, Pin, str]:
    """The pin file on the infra repository's default branch, what it pins, and that branch.

    The chart is held to the service's image first. Raises `WrongImage` or `BadPin`.
    """
    base = contents.default_branch(repository)
    chart = _file(repository, place.values_path, base)
    values.check(chart.text, image.name, chart.path)
    file = _file(repository, place.pin_path, base)
    return file, pin.read(file.text, image, file.path), base


def _file(repository: "Repository", path: str, base: str) -> File:
    file = contents.get(repository, path, base)
    if file is None:
        raise BadPin(
            f"{repository.full_name} has no text file {path} on {base}.",
            next="Check [infra] in services.toml, or add the file by hand once.",
        )
    return file
