"""Asking a Dagger session, and turning what it answers into this pipeline's errors.

A session answers a recipe it has seen from memory, also when the recipe reads a remote. `fresh` makes a recipe
new, so that the remote is read again.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import dagger
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from pipeline.errors import EngineUnavailable, PipelineError

T = TypeVar("T")

ATTEMPTS = 4
"""How often a read is tried before it counts as failed."""

FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
"""Seconds between two tries: random, doubling from the first to the longest."""

Explain = Callable[[str], PipelineError]
"""Turns a session's message into the error of the stage that asked."""


async def ask(question: Callable[[], Awaitable[T]], *, explain: Explain) -> T:
    """Await an answer of the session once; its refusal becomes the error that ``explain`` makes of it.

    Raises `EngineUnavailable` where the session itself is at fault. `dagger.ExecError` passes: only a stage
    that runs something knows what it means.
    """
    try:
        return await question()
    except dagger.ExecError:
        raise
    except dagger.QueryError as error:
        raise explain(str(error).strip()) from error
    except dagger.InvalidQueryError as error:
        raise _not_served(error) from error
    except dagger.DaggerError as error:
        raise EngineUnavailable(
            f"The Dagger session did not answer: {str(error).strip()}.",
            next="Run `pipeline doctor` to see what this machine can do, then run the same call again.",
        ) from error


async def read(question: Callable[[], Awaitable[T]], *, explain: Explain) -> T:
    """`ask` for something that is safe to ask again: a passing fault is tried up to `ATTEMPTS` times."""
    async for attempt in AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
        retry=retry_if_exception(_is_passing),
        reraise=True,
    ):
        with attempt:
            return await ask(question, explain=explain)
    raise AssertionError("tenacity ends with a result or an error")


def fresh() -> str:
    """A word that no recipe of this session has had in it."""
    return uuid4().hex


def first_line(message: str) -> str:
    """The line of a session's message that says most, without its trailing stop."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    return (lines[0] if lines else "no message").rstrip(".")


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, PipelineError) and error.passing


def _not_served(error: dagger.InvalidQueryError) -> EngineUnavailable:
    return EngineUnavailable(
        f"This session does not serve what the pipeline asked for: {error.__cause__ or error}.",
        next="A Dagger engine has it: run the same call with --engine dagger.",
    )
