"""Several things at once, each owned by one task group."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

import anyio

from pipeline.errors import PipelineError, gathered

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")


async def together(works: Sequence[Callable[[], Awaitable[T]]], *, limit: int | None = None) -> list[T]:
    """Do all works at once, or at most ``limit`` of them; the results come in the works' order.

    The first error cancels the others and is raised as itself, not as a group.
    """
    results: dict[int, T] = {}
    room = anyio.Semaphore(limit or max(len(works), 1))

    async def do(position: int, work: Callable[[], Awaitable[T]]) -> None:
        async with room:
            results[position] = await work()

    try:
        async with anyio.create_task_group() as tasks:
            for position, work in enumerate(works):
                tasks.start_soon(do, position, work)
    except BaseExceptionGroup as group:
        raise _first(group) from None
    return [results[position] for position in range(len(works))]


async def both(first: Callable[[], Awaitable[T]], second: Callable[[], Awaitable[U]]) -> tuple[T, U]:
    """Do two works at once and each to its end; if any failed, raise all their errors as one."""
    problems: list[PipelineError] = []
    one: list[T] = []
    other: list[U] = []

    async def keep(work: Callable[[], Awaitable[V]], results: list[V]) -> None:
        try:
            results.append(await work())
        except PipelineError as error:
            problems.append(error)

    await together([partial(keep, first, one), partial(keep, second, other)])
    if problems:
        raise gathered(problems)
    return one[0], other[0]


@asynccontextmanager
async def ahead(work: Callable[[], Awaitable[T]]) -> AsyncIterator[Callable[[], Awaitable[T]]]:
    """Begin a work now and have its result later: what the context gives waits for it, or raises its error.

    A work that nobody waits for is cancelled at the end of the context, and its error is nobody's.
    """
    over = anyio.Event()
    results: list[T] = []
    problems: list[PipelineError] = []

    async def do() -> None:
        try:
            results.append(await work())
        except PipelineError as error:
            problems.append(error)
        over.set()

    async def result() -> T:
        await over.wait()
        if problems:
            raise problems[0]
        return results[0]

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(do)
            yield result
            tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise _first(group) from None


async def watched(work: Callable[[], Awaitable[T]], watch: Callable[[], Coroutine[Any, Any, None]]) -> T:
    """Do a work under watch: an error of the watch ends the work and is raised, and the work's end ends the watch."""
    results: list[T] = []
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(watch)
            results.append(await work())
            tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise _first(group) from None
    return results[0]


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
