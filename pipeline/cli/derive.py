"""Derives what ships as files: the table of commands, the catalogue's JSON Schema, and what a client asks of a session.

Run ``python -m pipeline.cli.derive`` to write them; tests hold them to what the code says.
"""

import dataclasses
import inspect
import types
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import dagger
import msgspec
from dagger import Doc

from pipeline.cli.table import FILE_NAME, Command, Parameter, ParameterKind, ResultKind, Table
from pipeline.local import introspection
from pipeline.local.server import schema
from pipeline.main import Pipeline
from pipeline.services.tables import SCHEMA_NAME, json_schema

KINDS: dict[Any, ParameterKind] = {
    str: "text",
    list[str]: "texts", int: "number", bool: "flag", dagger.File: "file", dagger.Secret: "secret",
}  # fmt: skip
RESULTS: dict[Any, ResultKind] = {
    str: "text", dagger.File: "file", dagger.Directory: "directory", list[dagger.Container]: "containers",
}  # fmt: skip


FLAGS = {"as_json": "--json", "for_": "--for"}
"""Flags that are not spelled as their arguments: `dagger call` keeps ``--json`` for itself, and ``for`` is Python's
own word, which the SDK spells without its last underscore.
"""


def derive() -> Table:
    """The table that the object's signatures and docstrings say."""
    hints = get_type_hints(Pipeline, include_extras=True)
    constructor = [
        _parameter(field.name, hints[field.name], None if field.default is dataclasses.MISSING else field.default)
        for field in dataclasses.fields(Pipeline)  # type: ignore[arg-type]  # dagger.object_type makes it a dataclass
    ]
    verbs = [(name, method) for name, method in vars(Pipeline).items() if hasattr(method, "__dagger_function__")]
    return Table(constructor=tuple(constructor), commands=tuple(_command(name, method) for name, method in verbs))


def _command(name: str, method: Any) -> Command:
    hints = get_type_hints(method, include_extras=True)
    parameters = list(inspect.signature(method).parameters.values())[1:]
    return Command(
        name=name,
        verb=name.replace("_", "-"),
        doc=inspect.cleandoc(method.__doc__),
        result=RESULTS[hints["return"]],
        parameters=tuple(
            _parameter(p.name, hints[p.name], p.default, required=p.default is inspect.Parameter.empty)
            for p in parameters
        ),
    )


def _parameter(name: str, hint: Any, default: Any, *, required: bool = False) -> Parameter:
    annotations = hint.__metadata__ if get_origin(hint) is Annotated else ()
    return Parameter(
        name=name,
        flag=FLAGS.get(name, "--" + name.replace("_", "-")),
        kind=KINDS[_plain(hint)],
        required=required,
        default=None if required else default,
        doc=next((a.documentation for a in annotations if isinstance(a, Doc)), ""),
    )


def _plain(hint: Any) -> Any:
    """The type without ``Annotated`` and without ``| None``."""
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    if isinstance(hint, types.UnionType):
        return next(arm for arm in get_args(hint) if arm is not type(None))
    return hint


def write() -> None:
    """Write the table beside this file, and the others beside the code that they belong to."""
    here = Path(__file__).parent
    here.joinpath(FILE_NAME).write_bytes(_document(derive()))
    here.parent.joinpath(SCHEMA_NAME).write_bytes(_document(json_schema()))
    here.parent.joinpath("local", introspection.FILE_NAME).write_bytes(introspection.derived(schema()))


def _document(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


if __name__ == "__main__":
    write()
