"""Asking a Dagger session, and turning what it answers into this pipeline's errors.

A session answers a recipe it has seen from memory, also when the recipe reads a remote. `fresh` makes a recipe
new, so that the remote is read again.
"""

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import anyio
import dagger

from pipeline.errors import EngineUnavailable, PipelineError, ToolMissing
from pipeline.runtime import limits, retry

T = TypeVar("T")

Explain = Callable[[str], PipelineError]
"""Turns a session's message into the error of the stage that asked."""


async def ask(question: Callable[[], Awaitable[T]], *, explain: Explain, within: float | None = None) -> T:
    """Await an answer of the session once; its refusal becomes the error that ``explain`` makes of it.

    So does its silence: no answer ``within`` so many seconds, by default `Limits.session`. Raises
    `EngineUnavailable` where the session itself is at fault. `dagger.ExecError` passes: only a stage that runs
    something knows what it means.
    """
    seconds = within or limits.current().session
    try:
        with anyio.fail_after(seconds):
            return await question()
    except TimeoutError as error:
        raise explain(f"there was no answer within {seconds:g} seconds") from error
    except dagger.ExecError:
        raise
    except dagger.QueryError as error:
        message = _plain(str(error))
        raise _machine_lacks(message) or explain(message) from error
    except dagger.InvalidQueryError as error:
        raise _not_served(error) from error
    except dagger.DaggerError as error:
        raise EngineUnavailable(
            f"The Dagger session did not answer: {str(error).strip()}.",
            next="Run `pipeline doctor` to see what this machine can do, then run the same call again.",
        ) from error


async def read(question: Callable[[], Awaitable[T]], *, explain: Explain, within: float | None = None) -> T:
    """`ask` for something that is safe to ask again: after a passing fault it is, see `pipeline.runtime.retry`."""
    return await retry.again(lambda: ask(question, explain=explain, within=within))


def fresh() -> str:
    """A word that no recipe of this session has had in it."""
    return uuid4().hex


def first_line(message: str) -> str:
    """The line of a session's message that says most, without its trailing stop."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return (lines[0] if lines else "no message").rstrip(".")


def _plain(message: str) -> str:
    """A session's message without what only an engine's own log can resolve: the IDs of traces and of recipes."""
    return re.sub(r"\s*\[traceparent:[^\]]*\]|\bload (\w+@|xxh3:)\S+: ", "", message).strip()


def _machine_lacks(message: str) -> PipelineError | None:
    """The error for what a session without an engine of its own does not find on this machine."""
    if missing := re.search(r"the program '(.+?)' is not on the PATH; (Install .+)", message):
        return ToolMissing(f"The program {missing[1]} is not on the PATH.", next=missing[2])
    if lacking := re.search(r"building (images without root needs .+?); (.+)", message):
        return EngineUnavailable(f"Building {lacking[1]}.", next=lacking[2])
    return None


def _not_served(error: dagger.InvalidQueryError) -> EngineUnavailable:
    return EngineUnavailable(
        f"This session does not serve what the pipeline asked for: {error.__cause__ or error}.",
        next="A Dagger engine has it: run the same call with --engine dagger.",
    )
