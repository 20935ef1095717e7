"""One request on its way through the proxy, and what a fault does to it."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

import h11

from tests.faults.http import Headers, Peer, connect, end_to_end, replaced
from tests.faults.rules import Alter, Answer, Fault, Reset, Rule, Side, Slow, Stall, Truncate

TICK = 0.05
"""Seconds between two pieces of a slow body."""

GZIP = 31
"""What zlib calls the gzip format (https://docs.python.org/3/library/zlib.html#zlib.decompress)."""
BEGINNING = 64


class HungUpError(Exception):
    """The connection to the client is broken or finished on purpose."""


@dataclass(slots=True)
class Exchange:
    """A request as the journal tells it: what was asked, what the client was answered, how much passed."""

    method: str
    target: str
    proxy: str
    upstream: str
    status: int | None = None
    request_bytes: int = 0
    answer_bytes: int = 0
    begins: bytes = b""
    """What the request's body begins with, as it is before any compression: it names the command of a git request."""
    rule: Rule | None = None

    @property
    def fault(self) -> Fault | None:
        """What the request meets, if anything."""
        return self.rule.fault if self.rule else None

    async def carry(self, client: Peer, request: h11.Request) -> None:
        """Take the request to the upstream and the answer back; raises `HungUpError` where a fault ends the connection."""
        match self.fault:
            case Answer(after_forwarding=False) as answer:
                async for chunk in client.body():
                    self.request_bytes += len(chunk)
                await self._answer(client, answer)
            case Reset(0, "request") | Stall(0, "request"):
                await self._end(client)
            case _:
                await self._forward(client, request)

    async def _forward(self, client: Peer, request: h11.Request) -> None:
        try:
            server = await connect(self.upstream)
        except OSError as error:
            await self._answer(client, Answer(502, body=f"{self.upstream}: {error}\n".encode()))
            return
        try:
            await self._send_request(client, server, request)
            await self._send_answer(client, server)
        finally:
            server.reset()

    async def _send_request(self, client: Peer, server: Peer, request: h11.Request) -> None:
        """Pass the request on; a server that answers before it heard everything may do so."""
        headers = [*end_to_end(list(request.headers)), (b"connection", b"close")]
        if any(name == b"transfer-encoding" for name, _ in request.headers):
            headers.append((b"transfer-encoding", b"chunked"))
        await server.send(h11.Request(method=request.method, target=request.target, headers=headers))
        listening = True
        async for chunk in self._until_fault("request", client, client.body()):
            self.request_bytes += len(chunk)
            self.begins = self.begins or _beginning(chunk)
            listening = listening and await _delivered(server, h11.Data(data=chunk))
        if listening:
            await _delivered(server, h11.EndOfMessage())

    async def _send_answer(self, client: Peer, server: Peer) -> None:
        response = await server.response()
        match self.fault:
            case Answer() as answer:
                async for _ in server.body():
                    pass
                await self._answer(client, answer)
            case Reset(0, "answer") | Stall(0, "answer"):
                await self._end(client)
            case _:
                await self._pass_on(client, server, response)

    async def _pass_on(self, client: Peer, server: Peer, response: h11.Response) -> None:
        headers = [(name, self._rename(value)) for name, value in end_to_end(list(response.headers))]
        if change := self._change(headers):
            whole = change(b"".join([chunk async for chunk in server.body()]))
            headers, body = self._altered(headers, whole), _one(whole)
        else:
            body = server.body()
        self.status = response.status_code
        await client.send(h11.Response(status_code=response.status_code, headers=headers, reason=response.reason))
        async for chunk in self._until_fault("answer", client, body):
            self.answer_bytes += len(chunk)
            await client.send(h11.Data(data=chunk))
        await client.send(h11.EndOfMessage())

    def _change(self, headers: Headers) -> Callable[[bytes], bytes] | None:
        """What has to be done to the whole body, if anything; manifests and packs pass untouched, byte for byte."""
        if isinstance(self.fault, Alter):
            return self.fault.body
        kind = dict(headers).get(b"content-type", b"").partition(b";")[0].strip()
        has_urls = self.method != "HEAD" and (kind == b"application/json" or kind.startswith(b"text/"))
        return self._rename if has_urls else None

    def _altered(self, headers: Headers, body: bytes) -> Headers:
        if self.method != "HEAD":
            headers = replaced(headers, "content-length", str(len(body)))
        if isinstance(self.fault, Alter):
            self._strike()
            for name, value in self.fault.headers.items():
                headers = replaced(headers, name, value)
        return headers

    def _rename(self, text: bytes) -> bytes:
        return text.replace(f"//{self.upstream}".encode(), f"//{self.proxy}".encode())

    async def _answer(self, client: Peer, answer: Answer) -> None:
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        headers.append((b"content-length", str(len(answer.body)).encode()))
        self.status = answer.status
        self._strike()
        await client.send(h11.Response(status_code=answer.status, headers=headers))
        if self.method != "HEAD":
            await client.send(h11.Data(data=answer.body))
        await client.send(h11.EndOfMessage())

    async def _until_fault(self, side: Side, client: Peer, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The body up to where a fault of this side strikes."""
        match self.fault:
            case Reset(after, of) | Stall(after, of) if of == side:
                async for chunk in _first(after, body):
                    yield chunk
                await self._end(client)
            case Truncate(after) if side == "answer":
                async for chunk in _first(after, body):
                    yield chunk
                await self._end(client)
            case Slow(speed) if side == "answer":
                self._strike()
                async for chunk in _slowly(speed, body):
                    yield chunk
            case _:
                async for chunk in body:
                    yield chunk

    async def _end(self, client: Peer) -> NoReturn:
        self._strike()
        match self.fault:
            case Stall():
                await client.left()
            case Truncate():
                await client.close()
            case _:
                client.reset()
        raise HungUpError

    def _strike(self) -> None:
        if self.rule:
            self.rule.struck.set()


def _beginning(chunk: bytes) -> bytes:
    text = zlib.decompressobj(wbits=GZIP).decompress(chunk) if chunk.startswith(b"\x1f\x8b") else chunk
    return text[:BEGINNING]


async def _delivered(server: Peer, event: h11.Event) -> bool:
    with suppress(OSError):
        await server.send(event)
        return True
    return False


async def _one(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body


async def _first(size: int, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for chunk in body:
        yield chunk[:size]
        size -= len(chunk)
        if size <= 0:
            return


async def _slowly(bytes_per_second: int, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    piece = max(1, int(bytes_per_second * TICK))
    async for chunk in body:
        for start in range(0, len(chunk), piece):
            yield chunk[start : start + piece]
            await asyncio.sleep(TICK)
