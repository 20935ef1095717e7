"""The HTTP face of the session: ``POST /query`` on the loopback interface, for whoever holds the session token.

What the SDK's client speaks: https://graphql.github.io/graphql-over-http/draft/ with basic authentication, where the
user name is the token (``dagger/client/_session.py``).
"""

import asyncio
import base64
import hmac
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from functools import cache
from importlib import resources
from typing import Any

import anyio
import graphql
import uvicorn
from graphql import validation

from pipeline.local import introspection
from pipeline.local.failure import Failure
from pipeline.local.graph import Graph, Node

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

log = logging.getLogger(__name__)

MAX_BODY = 16 * 1024 * 1024
"""Bytes of a query. The largest thing a client sends is the contents of a file."""

KEEP_ALIVE = 3600
"""Seconds an idle connection stays: a build may take long, and a client must not find its connection closed."""

RULES = (
    validation.FieldsOnCorrectTypeRule,
    validation.KnownArgumentNamesRule,
    validation.KnownFragmentNamesRule,
    validation.KnownTypeNamesRule,
    validation.ProvidedRequiredArgumentsRule,
    validation.ScalarLeafsRule,
    validation.ValuesOfCorrectTypeRule,
)
"""What can be wrong in a query of the SDK's client: it asks for more than is served. All of GraphQL's rules would cost
as much as everything else that is done for a query.
"""

LAST_WORDS = 15
"""Seconds for queries that were ended to stop their programs and answer."""


@cache
def schema() -> graphql.GraphQLSchema:
    """The served part of the Dagger API, from ``schema.graphql``."""
    return graphql.build_schema(resources.files(__package__).joinpath("schema.graphql").read_text())


class Api:
    """The ASGI application: checks the token, runs the query against ``root``, answers in JSON."""

    def __init__(self, root: Node, token: str) -> None:
        self._root = root
        self._graph = Graph()
        self._queries: set[anyio.CancelScope] = set()
        self._authorization = b"Basic " + base64.b64encode(f"{token}:".encode())

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, as in https://asgi.readthedocs.io/en/latest/specs/www.html."""
        if scope["type"] != "http":
            return
        if not hmac.compare_digest(dict(scope["headers"]).get(b"authorization", b""), self._authorization):
            await _respond(send, 401, _errors("the session token is missing or wrong"))
        elif (scope["method"], scope["path"]) != ("POST", "/query"):
            await _respond(send, 404, _errors("only POST /query is served here"))
        elif (body := await _body(receive)) is None:
            await _respond(send, 413, _errors(f"a query may have {MAX_BODY} bytes at most"))
        else:
            await self._answer(body, receive, send)

    def cancel(self) -> None:
        """End every query that is under way; each still gets an answer."""
        for query in self._queries:
            query.cancel()

    async def _answer(self, body: bytes, receive: Receive, send: Send) -> None:
        """Run the query for as long as the client waits for it: one that hangs up ends its builds too."""
        status, answer = 503, _errors("the session has ended")
        async with anyio.create_task_group() as tasks:
            self._queries.add(tasks.cancel_scope)
            tasks.start_soon(_cancel_when_client_leaves, tasks.cancel_scope, receive)
            status, answer = await self._execute(body)
            tasks.cancel_scope.cancel()
        self._queries.discard(tasks.cancel_scope)
        await _respond(send, status, answer)

    async def _execute(self, body: bytes) -> tuple[int, Any]:
        try:
            request = json.loads(body)
            if known := introspection.answer(request["query"]):
                return 200, known
            document = graphql.parse(request["query"])
        except (ValueError, KeyError, TypeError, graphql.GraphQLSyntaxError) as error:
            return 400, _errors(f"this is not a GraphQL request: {error}")
        if invalid := graphql.validate(schema(), document, RULES):
            return 200, {"errors": [_unserved(error) for error in invalid]}
        result = graphql.execute(
            schema(),
            document,
            self._root,
            variable_values=request.get("variables"),
            operation_name=request.get("operationName"),
            field_resolver=self._graph.resolve,
            type_resolver=lambda value, *_: value.noun,
        )
        finished = result if isinstance(result, graphql.ExecutionResult) else await result
        _log_defects(finished.errors or [])
        return 200, finished.formatted


def _errors(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]}


def _unserved(error: graphql.GraphQLError) -> dict[str, Any]:
    hint = " The local session serves a part of the Dagger API; a Dagger engine has all of it (--engine dagger)."
    return {**error.formatted, "message": error.message + hint}


def _log_defects(errors: list[graphql.GraphQLError]) -> None:
    """An exception that is no `Failure` is ours, and its traceback is worth having."""
    for error in errors:
        if error.original_error and not isinstance(error.original_error, Failure | graphql.GraphQLError):
            log.error("the local session has a defect", exc_info=error.original_error)


async def _cancel_when_client_leaves(query: anyio.CancelScope, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    query.cancel()


async def _body(receive: Receive) -> bytes | None:
    body = b""
    more = True
    while more and len(body) <= MAX_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return None if more else body


async def _respond(send: Send, status: int, answer: object) -> None:
    content = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@asynccontextmanager
async def serve(root: Node, token: str) -> AsyncIterator[int]:
    """Serve the API on a free port of the loopback interface, which is what the context gives."""
    api = Api(root, token)
    server = _server(api)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # asyncio does not set it for a listener made like this, and each answer would wait 40 ms for a delayed ACK.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Not `Server.serve`: it takes the process's signals, which are the caller's, and looks up only ten times a second.
        await server.startup(sockets=[listener])
        try:
            yield listener.getsockname()[1]
        finally:
            with anyio.CancelScope(shield=True):
                await _stop(server, api)


def _server(api: Api) -> uvicorn.Server:
    config = uvicorn.Config(
        api,
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    return server


async def _stop(server: uvicorn.Server, api: Api) -> None:
    """Take no more queries, end those that run, and let each still say so to its client."""
    for listening in server.servers:
        listening.close()
    api.cancel()
    if tasks := server.server_state.tasks:
        await asyncio.wait(tasks, timeout=LAST_WORDS)
    for connection in list(server.server_state.connections):
        connection.shutdown()
