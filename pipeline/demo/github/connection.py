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
    """Uvicorn's own protocol; each request's scope can be given to `cut`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope["state"] = {**scope.get("state", {}), "transport": self.transport}
            await inner(scope, receive, send)

        self.app = app


async def cut(scope: Scope, receive: Receive) -> None:
    """Reset the connection that a request came on, and wait until the server has noticed."""
    transport: asyncio.Transport = scope["state"]["transport"]
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
