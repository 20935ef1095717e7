"""Trying again: bounded, only after what passes, no sooner than asked, and called off at once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Timer

import pytest

from pipeline.errors import GithubUnavailable, ImageTaken, PipelineError
from pipeline.runtime import limits, retry
from pipeline.runtime.limits import Limits

pytestmark = pytest.mark.anyio


@contextmanager
def quickly() -> Iterator[None]:
    """Short waits. Asynchronous tests share one context, which an ordinary fixture does not reach."""
    before = limits.current()
    limits.use(Limits(attempts=3, first_wait=0.001, longest_wait=0.002))
    try:
        yield
    finally:
        limits.use(before)


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with quickly():
        yield


class Failing:
    """Work that fails so many times before it is done."""

    def __init__(self, error: PipelineError, times: int) -> None:
        self.error, self.left, self.tries = error, times, 0

    def __call__(self) -> str:
        self.tries += 1
        if self.left:
            self.left -= 1
            raise self.error
        return "done"

    async def later(self) -> str:
        return self()


def passing(wait: float = 0.0) -> PipelineError:
    return GithubUnavailable("It did not answer.", next="Again.", passing=True, wait=wait)


async def test_a_passing_fault_is_tried_again() -> None:
    with quickly():
        work = Failing(passing(), times=2)
        assert await retry.again(work.later) == "done"
        assert work.tries == 3


async def test_not_for_ever() -> None:
    with quickly():
        work = Failing(passing(), times=9)
        with pytest.raises(GithubUnavailable):
            await retry.again(work.later)
        assert work.tries == 3


async def test_a_refusal_is_final() -> None:
    with quickly():
        work = Failing(ImageTaken("It is taken.", next="A new version."), times=1)
        with pytest.raises(ImageTaken):
            await retry.again(work.later)
        assert work.tries == 1


async def test_no_sooner_than_asked() -> None:
    with quickly():
        started = time.monotonic()
        await retry.again(Failing(passing(wait=0.2), times=1).later)
        assert time.monotonic() - started >= 0.2


def test_waiting_in_a_thread_can_be_called_off() -> None:
    stopped = Event()
    work = Failing(passing(wait=60), times=9)
    Timer(0.05, stopped.set).start()
    started = time.monotonic()
    with pytest.raises(GithubUnavailable):
        retry.again_in_thread(work, stopped)
    assert time.monotonic() - started < 30
    assert work.tries <= 2


def _headers(**headers: str) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


ANSWERS: list[tuple[int, dict[str, str], str, Callable[[float | None], bool]]] = [
    (429, _headers(retry_after="7"), "", lambda wait: wait == 7),
    (403, _headers(retry_after="0"), "", lambda wait: wait == 0),
    (503, _headers(retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), "", lambda wait: wait == 0),
    (503, _headers(retry_after="soon"), "", lambda wait: wait is None),
    (403, _headers(x_ratelimit_remaining="0", x_ratelimit_reset="1"), "", lambda wait: wait == 1),
    (403, {}, "You have exceeded a secondary rate limit.", lambda wait: wait == 60),
    (403, {}, "Resource not accessible by integration", lambda wait: wait is None),
    (500, _headers(retry_after="7"), "", lambda wait: wait is None),
]


@pytest.mark.parametrize(("status", "headers", "message", "fits"), ANSWERS)
def test_what_github_asks_to_wait(
    status: int, headers: dict[str, str], message: str, fits: Callable[[float | None], bool]
) -> None:
    from github import GithubException

    from pipeline.github.api import _asked_to_wait

    assert fits(_asked_to_wait(GithubException(status, {"message": message}, headers)))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("", None), ("soon", None), ("-1", None)],
)
def test_what_retry_after_asks_for(value: str, seconds: float | None) -> None:
    assert retry.asked_to_wait(value) == seconds
