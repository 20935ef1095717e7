"""Typer options made from data: a command's signature is put together, not written down twice."""

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

import pipeline
from pipeline.cli import completion
from pipeline.cli.engine import Engine
from pipeline.cli.help import SETTINGS
from pipeline.cli.table import Command, Parameter, Table

METAVARS = {"for_": "CI", "github_api": "URL", "npm_registry": "URL"}
"""Where the last word of a flag says too little."""

Option = inspect.Parameter


def of_command(table: Table, command: Command) -> list[Option]:
    """A verb's own options, then those that only a terminal has, then the constructor's."""
    options = [_own(parameter) for parameter in command.parameters]
    if not any(parameter.flag == "--json" for parameter in command.parameters):
        options.append(JSON)
    if command.result != "containers":
        options.append(OUTPUT)
    return [*options, ENGINE, VERBOSE, *of_constructor(table)]


def of_constructor(table: Table) -> list[Option]:
    """The constructor's options: not given is None, so that they may stand before or after the verb."""
    return [_constructor(parameter) for parameter in table.constructor]


def option(name: str, kind: Any, declared: Any, default: Any = inspect.Parameter.empty) -> Option:
    """One option by its Python name; without a default it is required."""
    annotation = Annotated[kind, declared]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def with_options(function: Callable[..., None], options: Sequence[Option]) -> Callable[..., None]:
    """The function under a signature that Typer reads its options from."""
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    def command(**given: Any) -> None:
        function(**given)

    command.__signature__ = inspect.Signature([context, *options])  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in (context, *options)}
    return command


def _own(parameter: Parameter) -> Option:
    kind = {"flag": bool, "number": int, "texts": list[str]}.get(parameter.kind, str)
    declared = typer.Option(
        parameter.flag,
        help=parameter.doc,
        show_default=bool(parameter.default),
        metavar=_metavar(parameter),
        autocompletion=completion.of(parameter),
    )
    return option(parameter.name, kind, declared, Option.empty if parameter.required else parameter.default)


def _constructor(parameter: Parameter) -> Option:
    text = f"{parameter.doc} [default: {parameter.default}]" if parameter.default else parameter.doc
    declared = typer.Option(
        parameter.flag, help=text, show_default=False, metavar=_metavar(parameter), rich_help_panel=SETTINGS
    )
    return option(parameter.name, str | None, declared, None)


def _metavar(parameter: Parameter) -> str | None:
    """What stands for a value in the help: what it is, or else the last word of its flag."""
    if parameter.kind in ("text", "texts"):
        return METAVARS.get(parameter.name) or parameter.name.rpartition("_")[2].upper()
    return {"file": "FILE", "secret": "SECRET", "number": "SECONDS"}.get(parameter.kind)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - click calls it so
    if wanted:
        typer.echo(pipeline.__version__)
        raise typer.Exit


VERSION = option(
    "version", bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True), False
)
JSON = option("as_json", bool, typer.Option("--json", help="Answer with one JSON document."), False)
OUTPUT = option(
    "output",
    str | None,
    typer.Option("--output", "-o", metavar="PATH", help="Write the answer to this path instead."),
    None,
)
ENGINE = option(
    "engine",
    Engine,
    typer.Option(
        "--engine",
        envvar="PIPELINE_ENGINE",
        metavar="ENGINE",
        help="auto, dagger or local; auto takes a running session, else a dagger command, else the local session.",
    ),
    Engine.auto,
)
VERBOSE = option("verbose", bool, typer.Option("--verbose", "-v", help="Show the engine's own log."), False)
