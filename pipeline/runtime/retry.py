"""Trying again: only what is safe to repeat, only after a fault that passes, and only so often.

What changes something is safe to repeat if every try looks first whether it is done already; that a try failed says
nothing about whether it had its effect.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    stop_after_attempt,
    stop_when_event_set,
    wait_random_exponential,
)

from pipeline.errors import PipelineError
from pipeline.runtime import limits

T = TypeVar("T")


async def again(work: Callable[[], Awaitable[T]]) -> T:
    """Await some work, and after a passing fault once more, up to `Limits.attempts` times."""
    retrying = AsyncRetrying(
        stop=stop_after_attempt(limits.current().attempts),
        wait=_wait,
        retry=retry_if_exception(_is_passing),
        reraise=True,
    )

    async def once() -> T:
        return await work()

    return await retrying(once)


def again_in_thread(work: Callable[[], T], stopped: Event) -> T:
    """`again` for blocking work in a thread of its own; ``stopped`` ends the waiting and the trying."""
    retrying = Retrying(
        stop=stop_after_attempt(limits.current().attempts) | stop_when_event_set(stopped),
        wait=_wait,
        sleep=sleep_using_event(stopped),
        retry=retry_if_exception(_is_passing),
        reraise=True,
    )
    done: T = retrying(work)
    return done


def asked_to_wait(value: str) -> float | None:
    """What ``Retry-After`` asks for: seconds, or a date in their place (RFC 9110, section 10.2.3); None for neither."""
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, PipelineError) and error.passing


def _wait(state: RetryCallState) -> float:
    """Random and doubling, so that runs that failed together do not come back together; never below what was asked."""
    held = limits.current()
    drawn = float(wait_random_exponential(multiplier=held.first_wait, max=held.longest_wait)(state))
    error = state.outcome.exception() if state.outcome else None
    return max(drawn, error.wait) if isinstance(error, PipelineError) else drawn
