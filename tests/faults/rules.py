"""What can go wrong between a client and a server, as values, and the rules that say when it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from re import fullmatch, search
from threading import Event, Lock
from typing import Literal

Side = Literal["request", "answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The proxy answers in the server's place; with ``after_forwarding`` the server did its work all the same."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after_forwarding: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection breaks (TCP RST) after that many bytes of a body.

    Of the request: the server never sees the rest, and for ``after=0`` not even its head. Of the answer: the
    server's work is done, but its outcome does not arrive, and for ``after=0`` not even the status.
    """

    after: int = 0
    of: Side = "answer"


@dataclass(frozen=True, slots=True)
class Truncate:
    """The answer's body ends early, in good order, whatever its head promised."""

    after: int


@dataclass(frozen=True, slots=True)
class Stall:
    """As `Reset`, but nothing more happens until the client leaves or the proxy closes."""

    after: int = 0
    of: Side = "answer"


@dataclass(frozen=True, slots=True)
class Slow:
    """The answer's body comes at a given speed."""

    bytes_per_second: int


@dataclass(frozen=True, slots=True)
class Alter:
    """The answer arrives with other headers (set or replaced) or another body; its length is made to fit."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: Callable[[bytes], bytes] = bytes


Fault = Answer | Reset | Truncate | Stall | Slow | Alter


@dataclass(slots=True)
class Rule:
    """Which requests meet a fault: from the ``nth`` match on, so many ``times`` (None for ever)."""

    method: str
    path: str
    fault: Fault
    nth: int = 1
    times: int | None = 1
    matches: int = 0
    struck: Event = field(default_factory=Event)
    """Set once the fault has taken effect."""
    _lock: Lock = field(default_factory=Lock)

    def applies(self, method: str, target: str) -> bool:
        """Count a request if it matches, and tell whether it is one that meets the fault."""
        if not fullmatch(self.method, method) or not search(self.path, target):
            return False
        with self._lock:
            self.matches += 1
            return self.matches >= self.nth and (self.times is None or self.matches < self.nth + self.times)
