"""One computation for all who ask."""

import anyio
import pytest

from pipeline.runtime.once import Lately, Once

pytestmark = pytest.mark.anyio


class Counted:
    """Something that takes until it is told to go on, and counts how often it was started."""

    def __init__(self) -> None:
        self.starts = 0
        self.go_on = anyio.Event()
        self.error: Exception | None = None

    async def compute(self) -> int:
        self.starts += 1
        await self.go_on.wait()
        if self.error:
            raise self.error
        return self.starts


async def ask(once: Once[int], values: list[int]) -> None:
    values.append(await once())


async def test_one_run_for_all() -> None:
    counted = Counted()
    once = Once(counted.compute)
    values: list[int] = []
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(ask, once, values)
        await anyio.wait_all_tasks_blocked()
        counted.go_on.set()
    assert [*values, await once()] == [1, 1, 1, 1]


async def test_a_failure_is_shared_and_forgotten() -> None:
    counted = Counted()
    counted.error = ValueError("no")
    once = Once(counted.compute)
    failures: list[str] = []

    async def fail() -> None:
        with pytest.raises(ValueError, match="no"):
            await once()
        failures.append("no")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fail)
        tasks.start_soon(fail)
        await anyio.wait_all_tasks_blocked()
        counted.go_on.set()
    assert (failures, counted.starts) == (["no", "no"], 1)
    counted.error = None
    assert await once() == 2


async def test_a_waiting_caller_takes_over_from_a_cancelled_one() -> None:
    counted = Counted()
    once = Once(counted.compute)
    values: list[int] = []
    async with anyio.create_task_group() as tasks:
        leader = anyio.CancelScope()

        async def lead() -> None:
            with leader:
                await once()

        tasks.start_soon(lead)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(ask, once, values)
        await anyio.wait_all_tasks_blocked()
        leader.cancel()
        await anyio.wait_all_tasks_blocked()
        counted.go_on.set()
    assert values == [2]


async def test_what_is_too_old_is_computed_anew() -> None:
    for seconds, starts in ((60.0, 1), (0.0, 2)):
        counted = Counted()
        counted.go_on.set()
        lately = Lately(counted.compute, seconds=seconds)
        await lately()
        await anyio.sleep(0.001)
        assert (await lately(), counted.starts) == (starts, starts)
