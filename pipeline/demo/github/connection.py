"""An HTTP connection that an application can cut: ASGI itself has no way to end one without an answer."""

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing sends a reset, see socket(7)."""


class CuttableConnection(H11Protocol):
    """Uvicorn's own protocol; each request's scope can be given to `reset` and `hang_up`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"] = {**scope.get("state", {}), "transport": self.transport}
            await inner(scope, receive, send)

        self.app = app


async def reset(scope: Scope, receive: Receive) -> None:
    """Reset the connection that a request came on; what was sent may be lost with it."""
    connection = _transport(scope).get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    _transport(scope).abort()
    await _noticed(receive)


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection that a request came on, after what was sent."""
    _transport(scope).close()
    await _noticed(receive)


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"]["transport"]
    return transport


async def _noticed(receive: Receive) -> None:
    """Wait until uvicorn knows, so that it does not try to answer."""
    while (await receive())["type"] != "http.disconnect":
        pass
