"""What could not be read, and why; the rest is shown all the same."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from pipeline.errors import NotAuthorized, Unavailable
from pipeline.runtime.credentials import Credential

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unread:
    """Nothing is known: ``not-checked`` for want of a credential, ``unknown`` for want of an answer."""

    state: Literal["not-checked", "unknown"]
    detail: str


async def unless_unread(work: Callable[[], Awaitable[T]], credential: Credential) -> T | Unread:
    """What the work gives, or why it could not be read with this credential."""
    try:
        return await work()
    except NotAuthorized as error:
        if credential.secret is None:
            return Unread("not-checked", f"no credential: {credential.missing}")
        return Unread("not-checked", error.message)
    except Unavailable as error:
        return Unread("unknown", error.message)
