"""A proxy that stands in front of a server on this machine and, by rule, breaks what passes through it."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from types import TracebackType
from typing import Self

import h11
from anyio.from_thread import start_blocking_portal

from tests.faults.exchange import Exchange, HungUpError
from tests.faults.http import Peer
from tests.faults.rules import Fault, Rule


class Proxy:
    """Forward every request to ``upstream`` (``host:port``), except where a rule says what goes wrong.

    URLs that name the upstream, in headers and in JSON or text bodies, come out naming the proxy. The journal holds
    every request in the order of arrival. Nothing is retried, and every request has an upstream connection of its own.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.journal: list[Exchange] = []
        self._rules: list[Rule] = []
        self._lock = Lock()
        self._conversations: set[asyncio.Task[None]] = set()
        self._port = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._portal = stack.enter_context(start_blocking_portal("asyncio"))
            self._portal.call(self._open)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._portal.call(self._close)
        self._stack.close()

    @property
    def address(self) -> str:
        """Host and port: ``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The address as a URL without a path."""
        return f"http://{self.address}"

    def on(self, method: str, path: str, fault: Fault, *, nth: int = 1, times: int | None = 1) -> Rule:
        """Break requests whose method is, and whose path and query contain, these regular expressions.

        The first rule that applies decides; see `Rule` for ``nth`` and ``times``.
        """
        rule = Rule(method, path, fault, nth, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forget every rule and the journal; what already hangs goes on hanging."""
        with self._lock:
            self._rules.clear()
            self.journal.clear()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """While the context lasts nothing listens: open connections end and new ones are refused."""
        self._portal.call(self._close)
        try:
            yield
        finally:
            self._portal.call(self._open)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.current_task()
        assert conversation
        self._conversations.add(conversation)
        client = Peer(reader, writer, h11.SERVER)
        try:
            with suppress(OSError, h11.ProtocolError, HungUpError):
                await self._serve(client)
                await client.close()
        finally:
            client.reset()
            self._conversations.discard(conversation)

    async def _serve(self, client: Peer) -> None:
        """Answer one request after the other for as long as both sides keep the connection."""
        while isinstance(request := await client.receive(), h11.Request):
            exchange = Exchange(request.method.decode(), request.target.decode(), self.address, self.upstream)
            exchange.rule = self._note(exchange)
            await exchange.carry(client, request)
            if client.protocol.our_state is not h11.DONE or client.protocol.their_state is not h11.DONE:
                return
            client.protocol.start_next_cycle()

    def _note(self, exchange: Exchange) -> Rule | None:
        with self._lock:
            self.journal.append(exchange)
            applying = [rule for rule in self._rules if rule.applies(exchange.method, exchange.target)]
        return applying[0] if applying else None
