"""What was asked and answered, without secrets: an ASGI layer around everything else."""

import secrets
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API_VERSION = "2022-11-28"


class Exchange(NamedTuple):
    """One request and the status of its answer; None where none was sent, or not yet."""

    method: str
    path: str
    status: int | None


@dataclass(slots=True)
class Journal:
    """The layer: it writes down every exchange, and adds the headers that every answer of GitHub's has."""

    app: ASGIApp
    exchanges: list[Exchange] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        place = len(self.exchanges)
        self.exchanges.append(Exchange(scope["method"], scope["path"], None))

        async def watch(message: Message) -> None:
            # Written down before it is sent, so that whoever has the answer finds it here.
            if message["type"] == "http.response.start":
                self.exchanges[place] = self.exchanges[place]._replace(status=message["status"])
                _add_headers(message)
            await send(message)

        await self.app(scope, receive, watch)


def _add_headers(message: Message) -> None:
    headers = MutableHeaders(scope=message)
    headers["X-GitHub-Request-Id"] = "-".join(secrets.token_hex(2).upper() for _ in range(5)).replace("-", ":")
    headers["Date"] = formatdate(usegmt=True)
    headers["Server"] = "github.com"
    headers["X-GitHub-Api-Version-Selected"] = API_VERSION
    headers["X-GitHub-Media-Type"] = "github.v3; format=json"
