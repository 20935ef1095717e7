"""One end of an HTTP/1.1 connection: h11 for the protocol, asyncio for the bytes."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import cast

import h11

CHUNK = 64 * 1024
Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"expect", b"transfer-encoding", b"accept-encoding"})


class Peer:
    """A connection to a client (``h11.SERVER`` is our role then) or to a server (``h11.CLIENT``)."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, role: type[h11.CLIENT] | type[h11.SERVER]
    ) -> None:
        self.protocol = h11.Connection(role)
        self._reader = reader
        self._writer = writer

    async def receive(self) -> h11.Event | type[h11.PAUSED]:
        """The next event; a wish to be told to continue is granted at once."""
        while (event := self.protocol.next_event()) is h11.NEED_DATA:
            if self.protocol.they_are_waiting_for_100_continue:
                await self.send(h11.InformationalResponse(status_code=100, headers=[]))
            self.protocol.receive_data(await self._reader.read(CHUNK))
        return cast("h11.Event | type[h11.PAUSED]", event)

    async def body(self) -> AsyncIterator[bytes]:
        """What is left of the message's body."""
        while isinstance(event := await self.receive(), h11.Data):
            yield bytes(event.data)

    async def response(self) -> h11.Response:
        """The head of the final response."""
        while isinstance(event := await self.receive(), h11.InformationalResponse):
            pass
        if not isinstance(event, h11.Response):
            raise h11.RemoteProtocolError("the server went away without an answer")
        return event

    async def send(self, event: h11.Event) -> None:
        """Send an event."""
        if data := self.protocol.send(event):
            self._writer.write(data)
            await self._writer.drain()

    async def left(self) -> None:
        """Wait until the other end has gone."""
        with suppress(OSError):
            while await self._reader.read(CHUNK):
                pass

    def reset(self) -> None:
        """Break the connection with a TCP RST, see socket(7), SO_LINGER."""
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def close(self) -> None:
        """Send what is waiting and end the connection in good order."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    @property
    def _socket(self) -> socket.socket:
        connected: socket.socket = self._writer.get_extra_info("socket")
        return connected


async def connect(address: str) -> Peer:
    """Connect to a server at ``host:port``; raises OSError."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    return Peer(reader, writer, h11.CLIENT)


def end_to_end(headers: Headers) -> Headers:
    """The headers that a proxy passes on (RFC 9110, section 7.6.1); bodies come uncompressed."""
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]


def replaced(headers: Headers, name: str, value: str) -> Headers:
    """The headers with one set to a value, whatever it had before."""
    key = name.lower().encode()
    return [(other, old) for other, old in headers if other.lower() != key] + [(key, value.encode())]
