"""Several things at once: results in order, one error as itself, and nothing left running."""

from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import pytest

from pipeline.errors import ImageTaken, NotAllowed, NotReady, PipelineError, RegistryUnavailable
from pipeline.runtime.concurrency import ahead, both, together

pytestmark = pytest.mark.anyio


async def value(number: int) -> int:
    await anyio.lowlevel.checkpoint()
    return number


async def failing(error: Exception) -> int:
    await anyio.lowlevel.checkpoint()
    raise error


async def test_results_come_in_the_order_of_the_works() -> None:
    reached = [anyio.Event() for _ in range(3)]

    async def after(number: int) -> int:
        if number + 1 < len(reached):
            await reached[number + 1].wait()
        reached[number].set()
        return number

    with anyio.fail_after(5):
        assert await together([partial(after, number) for number in range(3)]) == [0, 1, 2]
    assert await together([]) == []


async def test_the_first_error_is_raised_as_itself_and_cancels_the_rest() -> None:
    cancelled = anyio.Event()

    async def forever() -> int:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.set()
        return 0

    works: list[Callable[[], Awaitable[int]]] = [forever, partial(failing, KeyError("mine"))]
    with anyio.fail_after(5), pytest.raises(KeyError, match="mine"):
        await together(works)
    assert cancelled.is_set()


async def test_cancelling_reaches_every_work() -> None:
    ended = []

    async def forever(number: int) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(number)

    with anyio.move_on_after(0.01) as scope:
        await together([partial(forever, number) for number in range(3)])
    assert scope.cancelled_caught
    assert sorted(ended) == [0, 1, 2]


async def test_both_gives_both() -> None:
    assert await both(partial(value, 1), partial(value, 2)) == (1, 2)


TAKEN = ImageTaken("The image is taken.", next="Use another version.")
DOWN = RegistryUnavailable("The registry is down.", next="Wait.")


@pytest.mark.parametrize(
    ("first", "second", "kind", "exit_code"),
    [
        (partial(value, 1), partial(failing, DOWN), RegistryUnavailable, 4),
        (partial(failing, TAKEN), partial(value, 1), ImageTaken, 3),
        (partial(failing, DOWN), partial(failing, DOWN), NotReady, 4),
        (partial(failing, DOWN), partial(failing, TAKEN), NotAllowed, 3),
    ],
)
async def test_both_goes_to_the_end_and_tells_all_problems(
    first: Callable[[], Awaitable[int]],
    second: Callable[[], Awaitable[int]],
    kind: type[PipelineError],
    exit_code: int,
) -> None:
    with pytest.raises(kind) as raised:
        await both(first, second)
    assert type(raised.value) is kind
    assert raised.value.exit_code == exit_code


async def test_several_problems_are_one_message_with_each_next_step() -> None:
    with pytest.raises(NotAllowed) as raised:
        await both(partial(failing, DOWN), partial(failing, TAKEN))
    for word in ("2 things", DOWN.message, DOWN.next, TAKEN.message, TAKEN.next):
        assert word in raised.value.message


async def test_an_error_that_is_no_problem_of_the_release_ends_both() -> None:
    with anyio.fail_after(5), pytest.raises(KeyError):
        await both(anyio.sleep_forever, partial(failing, KeyError("x")))


async def test_ahead_begins_at_once_and_gives_the_result_later() -> None:
    begun = anyio.Event()

    async def work() -> int:
        begun.set()
        return 1

    with anyio.fail_after(5):
        async with ahead(work) as result:
            await begun.wait()
            assert await result() == 1
            assert await result() == 1


async def test_the_error_of_what_was_begun_ahead_is_raised_where_it_is_waited_for() -> None:
    with anyio.fail_after(5):
        async with ahead(partial(failing, DOWN)) as result:
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(RegistryUnavailable):
                await result()


async def test_what_was_begun_ahead_ends_with_the_context() -> None:
    with anyio.fail_after(5):
        async with ahead(anyio.sleep_forever):
            pass
    with anyio.fail_after(5), pytest.raises(ImageTaken):
        async with ahead(anyio.sleep_forever):
            raise TAKEN
