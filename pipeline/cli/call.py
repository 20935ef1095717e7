"""One call of a verb, from its flags to its exit code."""

import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.catalogue import Catalogue
from pipeline.cli import needs, output
from pipeline.cli.engine import Engine, choose
from pipeline.cli.settings import constructor_arguments, read_catalogue
from pipeline.cli.startup import import_stages
from pipeline.cli.table import Command, Table
from pipeline.errors import Answered, Interrupted, PipelineError, Unavailable
from pipeline.report import error_document, rejected
from pipeline.runtime import limits
from pipeline.tag import Tag, check_service

DEFECT = 1
"""The exit code for a defect of this program itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a person asked for: the verb, its arguments, the constructor's, and how to run and answer it.

    ``tell`` takes the answer, or the path that it was written to: by default that goes to standard output.
    """

    table: Table
    command: Command
    arguments: Mapping[str, Any]
    constructor: Mapping[str, str | None]
    engine: Engine
    as_json: bool
    output: str | None
    verbose: bool
    tell: Callable[[str], None] = print

    def answer(self, text: str) -> int:
        """Write the answer where it is wanted, and tell what is left to tell; gives the exit code of that."""
        try:
            left = output.written(self.command, self.output, text)
        except OSError as error:
            # What was done is done, and its report must not be lost.
            print(f"{self.output} cannot be written: {error.strerror}. The answer is told instead.", file=sys.stderr)
            self.tell(text)
            return Unavailable.exit_code
        self.tell(left)
        return 0


def run(call: Call) -> int:
    """Run a call to its end, tell its answer, and give back the exit code."""
    try:
        settings = constructor_arguments(call.table.constructor, call.constructor)
        path, catalogue = read_catalogue(settings.pop("config", None))
        _check_request(call, path, catalogue)
        engine, chosen = choose(call.engine)
        print(f"engine: {chosen}", file=sys.stderr)
        if engine is Engine.local:
            needs.check(call.command.verb)
        if call.command.verb == "confirm":
            _tell_ci_runs(call, catalogue)
        return _run_async(call, engine, catalogue, settings)
    except PipelineError as error:
        return _refuse(call, error)
    except KeyboardInterrupt:
        return _refuse(call, Interrupted("Interrupted before anything was done.", next="Run the same call again."))


def _tell_ci_runs(call: Call, catalogue: str) -> None:
    """Say which CI runs are at the tag, if this machine can know."""
    from pipeline.cli import ci_job

    runs = ci_job.running(Catalogue.parse(catalogue).repository, Tag.parse(call.arguments["tag"]))
    for line in ci_job.told(runs):
        print(line, file=sys.stderr)


def _check_request(call: Call, path: str, catalogue: str) -> None:
    """Refuse what is wrong in itself before paying for the SDK; from here on the catalogue's limits hold."""
    output.check(call.command, call.output)
    tags = [Tag.parse(name) for name in _tags(call)]
    parsed = Catalogue.parse(catalogue, name=path)
    for tag in tags:
        check_service(tag, parsed.services)
    limits.use(parsed.limits)


def _run_async(call: Call, engine: Engine, catalogue: str, settings: Mapping[str, str]) -> int:
    import anyio

    import_stages()
    from pipeline.cli.progress import shown

    try:
        with shown(quiet=call.command.verb == "services") as screen:
            answer = anyio.run(_supervised, call, engine, catalogue, settings, screen.output)
    except Answered as failure:
        call.answer(str(failure))
        return failure.error.exit_code
    except PipelineError:
        raise
    except Exception:  # noqa: BLE001 - whatever it is, it is told as a defect
        traceback.print_exc()
        print("This is a defect of `pipeline` itself: please report it with the lines above.", file=sys.stderr)
        return DEFECT
    return call.answer(answer)


async def _supervised(
    call: Call, engine: Engine, catalogue: str, settings: Mapping[str, str], on_output: Callable[[str], None]
) -> str:
    """The call, in a scope that Ctrl-C and SIGTERM cancel."""
    import anyio

    async def listen(scope: anyio.CancelScope) -> None:
        with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
            async for _ in signals:
                scope.cancel()

    ended: list[str | Answered] = []
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listen, tasks.cancel_scope)
            await _answer(call, engine, catalogue, settings, on_output, ended=ended)
            tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        error = _innermost(group)
        if not ended:
            raise error from None
        if error is not ended[0]:
            print(f"The session did not end as it should: {error!r}", file=sys.stderr)
    if not ended:
        raise Interrupted(f"Interrupted during {call.command.verb}.", next="Run the same call again.")
    # What was done is done, and an interrupted run has told how far it came; the end of its session, which may have
    # been cancelled too, takes neither away.
    if isinstance(ended[0], Answered):
        raise ended[0]
    return ended[0]


async def _answer(
    call: Call,
    engine: Engine,
    catalogue: str,
    settings: Mapping[str, str],
    on_output: Callable[[str], None],
    *,
    ended: list[str | Answered],
) -> None:
    """Call the verb in a session; ``ended`` gets what came of it, which is known before the session has ended."""
    from pipeline.cli.answer import answer
    from pipeline.cli.engine import connected

    async with connected(engine, on_output, verbose=call.verbose):
        try:
            ended.append(
                await answer(
                    call.command, call.arguments, catalogue, settings, output=call.output, as_json=call.as_json
                )
            )
        except Answered as failure:
            ended.append(failure)
            raise


def _refuse(call: Call, error: PipelineError) -> int:
    if call.as_json and call.command.verb == "release":
        call.answer(rejected(",".join(_tags(call)), error, dry_run=bool(call.arguments.get("dry_run"))).json())
    elif call.as_json:
        call.answer(error_document(error))
    else:
        print(error.text, file=sys.stderr)
    return error.exit_code


def _tags(call: Call) -> list[str]:
    given = call.arguments.get("tag") or []
    return given if isinstance(given, list) else [given]


def _innermost(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _innermost(error) if isinstance(error, BaseExceptionGroup) else error
