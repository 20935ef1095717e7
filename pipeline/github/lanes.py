"""Many small reads of GitHub at once, over few connections."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pipeline.github.api import Github
from pipeline.runtime.concurrency import together

if TYPE_CHECKING:
    from github.Repository import Repository

T = TypeVar("T")
U = TypeVar("U")

LANES = 6
"""Requests at once; GitHub asks for few (https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api)."""


async def in_lanes(github: Github, items: Sequence[T], read: Callable[["Repository", T], U]) -> list[U]:
    """Read every item, in up to `LANES` threads with a connection each; the results come in the items' order."""
    lanes = [items[number::LANES] for number in range(min(LANES, len(items)))]

    async def ride(lane: Sequence[T]) -> list[U]:
        return await github.call(lambda repository: [read(repository, item) for item in lane])

    results = await together([partial(ride, lane) for lane in lanes])
    return [results[position % LANES][position // LANES] for position in range(len(items))]
