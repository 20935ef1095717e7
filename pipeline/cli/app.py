"""The Typer application: one command per verb of the table, plus what only a terminal has."""

import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

import pipeline
from pipeline.cli.call import Call, run
from pipeline.cli.engine import Engine
from pipeline.cli.table import Command, Parameter, Table, load

WHERE = "Where and with what"

OWN = {
    "engine": Parameter(name="engine", flag="--engine", kind="text", required=False, default=None, doc=""),
}


def application() -> typer.Typer:
    """The application, made from the table of commands."""
    app = typer.Typer(
        name="pipeline",
        help="Release services of a monorepo: one tag, one image, one GitHub release.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    table = load()
    app.callback()(_with_signature(_root, [*_constructor(table), _VERSION]))
    for command in table.commands:
        app.command(command.verb, help=command.doc)(_with_signature(_runner(table, command), _options(table, command)))
    return app


def _root(ctx: typer.Context, version: bool = False, **constructor: Any) -> None:
    ctx.obj = constructor


def _runner(table: Table, command: Command) -> Callable[..., None]:
    def call(ctx: typer.Context, **flags: Any) -> None:
        constructor = {p.name: flags.pop(p.name) or ctx.obj.get(p.name) for p in table.constructor}
        as_json = bool(flags.get("as_json"))
        own = {p.name for p in command.parameters}
        arguments = {name: value for name, value in flags.items() if name in own}
        request = Call(
            table=table,
            command=command,
            arguments=arguments,
            constructor=constructor,
            engine=flags["engine"],
            as_json=as_json,
            output=flags.get("output"),
            verbose=flags["verbose"],
        )
        raise typer.Exit(run(request))

    return call


def _options(table: Table, command: Command) -> list[inspect.Parameter]:
    options = [_option(parameter) for parameter in command.parameters]
    if not any(parameter.name == "as_json" for parameter in command.parameters):
        options.append(_JSON)
    if command.result == "directory":
        options.append(_OUTPUT)
    return [*options, _ENGINE, _VERBOSE, *_constructor(table)]


def _constructor(table: Table) -> list[inspect.Parameter]:
    """The constructor's flags, on the program and on every command; what is not given is None."""
    return [_option(parameter, panel=WHERE, default=None) for parameter in table.constructor]


_REQUIRED: Any = object()


def _option(parameter: Parameter, *, panel: str | None = None, default: Any = _REQUIRED) -> inspect.Parameter:
    kind: Any = bool if parameter.kind == "flag" else str
    text = parameter.doc + (" As env://NAME, file://PATH or cmd://COMMAND." if parameter.kind == "secret" else "")
    if default is None and parameter.default:
        text += f" [default: {parameter.default}]"
    names = [parameter.flag] if parameter.kind != "flag" else [parameter.flag]
    option = typer.Option(
        *names, help=text, rich_help_panel=panel, show_default=default is not None and bool(parameter.default)
    )
    value = parameter.default if default is _REQUIRED else default
    return _parameter(
        parameter.name,
        kind if value is not None or parameter.required else kind | None,
        option,
        value,
        required=parameter.required,
    )


def _parameter(name: str, kind: Any, option: Any, default: Any, *, required: bool = False) -> inspect.Parameter:
    empty = inspect.Parameter.empty
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=empty if required else default, annotation=Annotated[kind, option]
    )


def _with_signature(function: Callable[..., None], parameters: list[inspect.Parameter]) -> Callable[..., None]:
    """The function under a signature that Typer reads its options from."""
    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)

    def wrapper(*args: Any, **kwargs: Any) -> None:
        function(*args, **kwargs)

    wrapper.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in (context, *parameters)}
    return wrapper


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(pipeline.__version__)
        raise typer.Exit


_VERSION = _parameter(
    "version", bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True), False
)
_JSON = _parameter("as_json", bool, typer.Option("--json", help="Answer with one JSON document."), False)
_OUTPUT = _parameter("output", str | None, typer.Option("--output", "-o", help="Write the files to this folder."), None)
_ENGINE = _parameter(
    "engine",
    Engine,
    typer.Option("--engine", help="auto takes a running session, else a dagger command, else the local session."),
    Engine.auto,
)
_VERBOSE = _parameter("verbose", bool, typer.Option("--verbose", "-v", help="Show the engine's own log."), False)


def main() -> None:
    """The ``pipeline`` command."""
    sys.exit(application()())
