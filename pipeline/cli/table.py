"""The commands of the terminal, as data: what `pipeline.cli.derive` read off the `Pipeline` object.

The table is a file, so that `--help`, completion and the refusal of a bad tag need not import the Dagger SDK, which
takes most of a second. A test derives it again and compares.
"""

from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

FILE_NAME = "commands.json"

ParameterKind = Literal["text", "texts", "number", "flag", "file", "secret"]
ResultKind = Literal["text", "file", "directory", "containers"]


class Parameter(Struct, frozen=True, kw_only=True):
    """One argument of a verb or of the constructor: its Python name, its flag, and what it takes."""

    name: str
    flag: str
    kind: ParameterKind
    required: bool
    default: str | bool | int | None
    doc: str


class Command(Struct, frozen=True, kw_only=True):
    """One verb: its Python name, its name on the command line, its help, what it takes and what it gives."""

    name: str
    verb: str
    doc: str
    result: ResultKind
    parameters: tuple[Parameter, ...]


class Table(Struct, frozen=True, kw_only=True):
    """The constructor's arguments and all verbs."""

    constructor: tuple[Parameter, ...]
    commands: tuple[Command, ...]


def load() -> Table:
    """The table as shipped."""
    return msgspec.json.decode(files(__package__).joinpath(FILE_NAME).read_bytes(), type=Table)
