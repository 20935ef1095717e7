"""Faults on order: what a network, a proxy or GitHub itself does on a bad day.

An ASGI layer around the double. A fault either answers instead of the double, or lets it do its work and then spoils
the answer, which is how a change can be made that the caller never hears of.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.demo.github.connection import hang_up, reset
from pipeline.demo.github.errors import DOCUMENTATION

When = Literal["before", "after"]


@dataclass(slots=True)
class Fault:
    """What happens to the next ``times`` requests that fit ``method`` and ``path`` (a shell pattern).

    ``status`` answers with that status, ``body`` and ``headers``; ``reset`` closes the connection without an answer;
    ``truncate`` sends the real answer, whole headers and half its body. ``delay`` seconds pass first, or, where
    ``when`` is ``after``, once the request has been carried out. ``hits`` counts.
    """

    method: str = "*"
    path: str = "*"
    times: int = 1
    when: When = "before"
    status: int | None = None
    body: str | Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    reset: bool = False
    truncate: bool = False
    hits: int = 0

    def fits(self, method: str, path: str) -> bool:
        """Whether this fault has a turn left and is meant for this request."""
        return self.hits < self.times and fnmatchcase(method, self.method) and fnmatchcase(path, self.path)

    def payload(self) -> bytes:
        """Return the body of the answer it gives."""
        if isinstance(self.body, str):
            return self.body.encode()
        message = {"message": "Server Error", "documentation_url": DOCUMENTATION}
        return json.dumps(message if self.body is None else dict(self.body)).encode()


def secondary_rate_limit(*, retry_after: int = 1, status: Literal[403, 429] = 403) -> Fault:
    """https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits."""
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    body = {"message": message, "documentation_url": DOCUMENTATION}
    return Fault(status=status, headers={"Retry-After": str(retry_after)}, body=body)


@dataclass(slots=True)
class Faults:
    """The layer: the faults that are ordered, in order."""

    app: ASGIApp
    ordered: list[Fault] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, spoiled by the first fault that fits it."""
        fault = self._next(scope)
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.when == "before" and not fault.truncate:
            await anyio.sleep(fault.delay)
            await self._instead(fault, scope, receive, send)
        else:
            await self._spoiled(fault, scope, receive, send)

    def _next(self, scope: Scope) -> Fault | None:
        if scope["type"] != "http":
            return None
        for fault in self.ordered:
            if fault.fits(scope["method"], scope["path"]):
                fault.hits += 1
                return fault
        return None

    async def _instead(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.reset:
            await reset(scope, receive)
        elif fault.status is None:
            await self.app(scope, receive, send)
        else:
            await _drain(receive)
            await _answer(fault, fault.status, send)

    async def _spoiled(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self.app(scope, receive, keep)
        await anyio.sleep(fault.delay)
        if fault.reset:
            await reset(scope, receive)
        elif fault.status is not None:
            await _answer(fault, fault.status, send)
        elif fault.truncate:
            await _send_half(answer, send)
            await hang_up(scope, receive)
        else:
            for message in answer:
                await send(message)


async def _answer(fault: Fault, status: int, send: Send) -> None:
    payload = fault.payload()
    own = {"content-type": "application/json; charset=utf-8", "content-length": str(len(payload))}
    named = {**own, **{name.lower(): value for name, value in fault.headers.items()}}
    headers = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": payload})


async def _send_half(answer: list[Message], send: Send) -> None:
    start, *rest = answer
    body = b"".join(message.get("body", b"") for message in rest)
    await send(start)
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})


async def _drain(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return
