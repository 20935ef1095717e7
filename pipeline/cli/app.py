"""The Typer application: a command per verb of the table, and the few that only a terminal has."""

import atexit
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import typer

from pipeline.cli import cache, options, tag, usage
from pipeline.cli.call import Call, run
from pipeline.cli.help import WIDTH, Verb, Verbs
from pipeline.cli.init import command as init
from pipeline.cli.table import Command, Table, load
from pipeline.errors import Interrupted, RequestError, Unavailable
from pipeline.runtime import limits


def application() -> typer.Typer:
    """The application, made from the table of commands."""
    app = typer.Typer(
        name="pipeline",
        help="Release services of a monorepo: one tag, one image, one GitHub release.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        cls=Verbs,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
    )
    table = load()
    app.callback()(options.with_options(_root, [*options.of_constructor(table), options.VERSION]))
    for command in table.commands:
        verb = options.with_options(_verb(table, command), options.of_command(table, command))
        app.command(command.verb, cls=Verb, help=command.doc)(verb)
    doctor = options.with_options(_doctor(table), [options.JSON, *options.of_constructor(table)])
    app.command("doctor", cls=Verb, help="Say what this machine can do, and how to mend each gap.")(doctor)
    tagging = options.with_options(_tag(table), [*tag.OPTIONS, *options.of_constructor(table)])
    app.command("tag", cls=Verb, help=tag.HELP)(tagging)
    app.command("cache", cls=Verb, help=cache.HELP)(options.with_options(_cache(table), cache.OPTIONS))
    app.command("init", cls=Verb, help=init.HELP)(options.with_options(init.command, init.OPTIONS))
    return app


def _root(ctx: typer.Context, *, version: bool = False, **constructor: str | None) -> None:
    del version
    ctx.obj = constructor


def _verb(table: Table, command: Command) -> Callable[..., None]:
    def call(ctx: typer.Context, **given: Any) -> None:
        own = {parameter.name for parameter in command.parameters}
        request = Call(
            table=table,
            command=command,
            arguments={name: _listed(value) for name, value in given.items() if name in own},
            constructor=_constructor(table, ctx, given),
            engine=given["engine"],
            as_json=given["as_json"],
            output=str(Path(given["output"]).absolute()) if given.get("output") else None,
            verbose=given["verbose"],
        )
        code = run(request)
        if code not in (RequestError.exit_code, Interrupted.exit_code):
            cache.tidy(limits.current())
        raise typer.Exit(code)

    return call


def _doctor(table: Table) -> Callable[..., None]:
    def examine(ctx: typer.Context, **given: Any) -> None:
        from pipeline.cli import doctor

        checks = doctor.examine(table, _constructor(table, ctx, given))
        typer.echo(doctor.as_json(checks) if given["as_json"] else doctor.as_text(checks))
        raise typer.Exit(0 if doctor.can_release(checks) else 4)

    return examine


def _tag(table: Table) -> Callable[..., None]:
    def plan_and_push(ctx: typer.Context, **given: Any) -> None:
        raise typer.Exit(tag.run(table, _constructor(table, ctx, given), given))

    return plan_and_push


def _cache(table: Table) -> Callable[..., None]:
    def look(ctx: typer.Context, **given: Any) -> None:
        raise typer.Exit(cache.run(table, _constructor(table, ctx, given), given))

    return look


def _listed(value: Any) -> Any:
    """What may be given several times may also be one word with commas, as in `dagger call`."""
    return [word for text in value for word in text.split(",")] if isinstance(value, list) else value


def _constructor(table: Table, ctx: typer.Context, given: Mapping[str, Any]) -> dict[str, str | None]:
    """The constructor's flags, from behind the verb or else from before it."""
    return {parameter.name: given.get(parameter.name) or ctx.obj.get(parameter.name) for parameter in table.constructor}


def main() -> None:
    """The ``pipeline`` command."""
    # Who closes one of them gets none: what is told there goes nowhere.
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    code = _exit_code(sys.argv[1:])
    # What is registered for the end of a process, such as the sending of traces, is done; but not the interpreter's own
    # taking apart of itself, which takes longer than many a verb, and would wait for a thread whose request to GitHub
    # was called off.
    atexit._run_exitfuncs()  # noqa: SLF001 - as multiprocessing does where it ends a process like this
    unwritten = _unwritten()
    os._exit(code or unwritten)


def _unwritten() -> int:
    """The exit code of an answer that cannot be written to its end; 0 where it is."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        # Who read the answer has left, as `head` does. It is told as click tells it.
        return 1
    except OSError as error:
        print(f"The answer could not be written: {error.strerror}.", file=sys.stderr)
        return Unavailable.exit_code
    return 0


def _exit_code(words: Sequence[str]) -> int:
    app = application()
    try:
        code: int | None = app(words, standalone_mode=False)
    except click.ClickException as error:
        return usage.refuse(error, words, [str(command.name) for command in app.registered_commands])
    except click.Abort:
        print("Interrupted: the question was not answered, and nothing was done.", file=sys.stderr)
        return Interrupted.exit_code
    return code or 0
