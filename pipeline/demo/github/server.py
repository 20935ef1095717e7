"""Uvicorn in a thread, started and stopped without a wait."""

import asyncio
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from pipeline.demo.github.connection import CuttableConnection

SECONDS_TO_START = 10.0


class ThreadedServer(uvicorn.Server):
    """Uvicorn's server, but that it waits to be told to stop, where uvicorn looks ten times a second."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        config = uvicorn.Config(
            app,
            http=CuttableConnection,
            log_level="error",
            lifespan="off",
            ws="none",
            server_header=False,
            date_header=False,
        )
        super().__init__(config)
        self._socket = socket.create_server((host, 0))
        # Connections inherit it: without it every answer on a kept connection waits for a delayed acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = threading.Thread(target=self.run, args=([self._socket],), name="github-double")
        self._serving = threading.Event()

    @property
    def port(self) -> int:
        """The free port that it got."""
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Start to serve; requests that come early wait in the socket's queue."""
        self._thread.start()

    def stop(self) -> None:
        """Stop whatever is under way and close all connections, also those that callers keep open."""
        if self._serving.wait(SECONDS_TO_START):
            self._loop.call_soon_threadsafe(self._told.set)
        self._thread.join()
        self._socket.close()

    async def main_loop(self) -> None:
        """Serve until `stop` is called."""
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        self._serving.set()
        await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything; the end of the event loop cancels the requests that are left."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
