"""Values that are computed once, or once in a while, however many ask for them at the same time."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio

T = TypeVar("T")


class _Run:
    """One attempt that is under way: ``over`` is set at its end, ``error`` holds what it failed with."""

    def __init__(self) -> None:
        self.over = anyio.Event()
        self.error: Exception | None = None


class Once(Generic[T]):
    """A value computed on the first ``await once()`` and kept.

    Callers that come while it is computed wait for that one run and share its outcome. A failure is told to all
    of them and then forgotten, so the next call tries again; when the run is cancelled a waiting caller takes over.
    """

    def __init__(self, compute: Callable[[], Awaitable[T]]) -> None:
        self._compute = compute
        self._value: list[T] = []
        self._run: _Run | None = None

    @classmethod
    def of(cls, value: T) -> "Once[T]":
        """A value that is known already."""

        async def known() -> T:
            return value

        return cls(known)

    async def __call__(self) -> T:
        """Give the value, computed by now."""
        while not self._value:
            if self._run is None:
                return await self._lead()
            run = self._run
            await run.over.wait()
            if run.error:
                raise run.error
        return self._value[0]

    async def _lead(self) -> T:
        self._run = run = _Run()
        try:
            value = await self._compute()
        except Exception as error:
            run.error = error
            raise
        else:
            self._value.append(value)
            return value
        finally:
            self._run = None
            run.over.set()


class Lately(Generic[T]):
    """A value that is computed anew when it is asked for after so many ``seconds``."""

    def __init__(self, compute: Callable[[], Awaitable[T]], *, seconds: float) -> None:
        self._compute = compute
        self._seconds = seconds
        self._last: Once[T] | None = None
        self._since = 0.0

    async def __call__(self) -> T:
        """Give the value, at most so many seconds old."""
        now = anyio.current_time()
        if self._last is None or now - self._since > self._seconds:
            self._last, self._since = Once(self._compute), now
        return await self._last()
