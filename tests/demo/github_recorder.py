"""A layer around the double that keeps every exchange, and the judge that holds them to GitHub's description."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from urllib.parse import quote

from jsonschema.exceptions import ValidationError, best_match
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.responses.exceptions import ResponseNotFound
from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.demo.github_description import Described, described, shape

UNDESCRIBED = frozenset({400, 401, 403, 404, 409, 422, 429})
"""Refusals that any endpoint can give, and that the description does not repeat for each."""


@dataclass(frozen=True)
class Recorded:
    """One exchange, as openapi-core wants to see a request and a response at once."""

    method: str
    template: str
    path_params: dict[str, str]
    query: str
    headers: dict[str, str]
    body: bytes
    status_code: int
    response_headers: dict[str, str]
    data: bytes
    host_url: str

    @property
    def path(self) -> str:
        """The path with every parameter in one piece, however many slashes it has."""
        names = iter(self.path_params.values())
        return re.sub(r"\{[^}]*\}", lambda _: quote(str(next(names)), safe=""), self.template)

    @cached_property
    def parameters(self) -> RequestParameters:
        """Query and headers; openapi-core adds those of the path. Empty ones are as good as none."""
        query = [(name, value) for name, value in QueryParams(self.query).multi_items() if value]
        return RequestParameters(query=QueryParams(query), header=Headers(self.headers))

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}{self.query and '?' + self.query} -> {self.status_code}"


class RequestView:
    """The request of an exchange, for openapi-core's request protocol."""

    def __init__(self, exchange: Recorded) -> None:
        self.host_url, self.path, self.method = exchange.host_url, exchange.path, exchange.method
        self.parameters = exchange.parameters
        self.body = exchange.body or None
        # The description lists one media type for uploads and says in words that any other will do.
        uploads = "uploads" in exchange.host_url
        sent = exchange.headers.get("content-type", "application/json")
        self.content_type = "application/octet-stream" if uploads else sent


class ResponseView:
    """The response of an exchange, for openapi-core's response protocol."""

    def __init__(self, exchange: Recorded) -> None:
        self.status_code, self.data = exchange.status_code, exchange.data
        self.headers = exchange.response_headers
        self.content_type = exchange.response_headers.get("content-type", "")


class Judge:
    """The cut description, ready to judge exchanges."""

    def __init__(self, described: Described) -> None:
        self.described = described
        self.templates = {shape(path): path for path in described["paths"]}
        # The description itself is GitHub's to get right, and checking it takes longer than all tests.
        self._openapi = OpenAPI.from_dict(described, config=Config(spec_validator_cls=None))  # type: ignore[arg-type]

    def host(self, method: str, template: str) -> str:
        """The host an operation is on: uploads have one of their own."""
        operation = self.described["paths"][template].get(method, {})
        return str(operation.get("servers", self.described["servers"])[0]["url"])

    def faults(self, exchange: Recorded) -> list[str]:
        """All that the exchange has and the description does not allow; a refused request may be anything."""
        found = self._response_faults(exchange)
        if exchange.status_code < 400:
            found += [_explained(error) for error in self._openapi.iter_request_errors(RequestView(exchange))]
        return [f"{exchange}: {fault}" for fault in found]

    def _response_faults(self, exchange: Recorded) -> list[str]:
        errors = list(self._openapi.iter_response_errors(RequestView(exchange), ResponseView(exchange)))
        refusal = list(_refusal_faults(exchange)) if exchange.status_code >= 400 else []
        if any(isinstance(error, ResponseNotFound) for error in errors) and exchange.status_code in UNDESCRIBED:
            return refusal
        return [*refusal, *filter(None, map(_explained, errors))]


def _refusal_faults(exchange: Recorded) -> Iterator[str]:
    """What is wrong with a refusal: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api"""
    body = json.loads(exchange.data)
    texts = ("message", "documentation_url", "status")
    yield from (f"{name} is no text in {body}" for name in texts if not isinstance(body.get(name), str))
    for error in body.get("errors", []):
        if not {"resource", "code"} <= error.keys():
            yield f"an error without resource or code: {error}"


def _explained(error: Exception) -> str:
    """Which field is wrong, and how; the value as a whole would bury it. Empty where the description is at fault."""
    causes = getattr(error.__cause__, "schema_errors", None)
    if causes is None:
        return f"{type(error).__name__} {error} {error.__cause__ or ''}"[:300]
    deepest = [best_match([cause]) or cause for cause in causes if not _fits_many(cause)]
    return "; ".join(f"{'.'.join(map(str, cause.absolute_path))}: {cause.message[-200:]}" for cause in deepest)


def _fits_many(cause: ValidationError) -> bool:
    """Whether a value is wrong only because it fits several of GitHub's alternatives at once."""
    return cause.validator == "oneOf" and not cause.context


@cache
def judge() -> Judge:
    """The one judge; making it takes longer than using it."""
    return Judge(described())


def _is_raw(start: Message) -> bool:
    """Raw content has a media type of its own, which the description has in words only."""
    return any(name == b"content-type" and b".raw" in value for name, value in start["headers"])


@dataclass
class Recorder:
    """An ASGI layer that keeps every exchange with the API, to be judged when the double has stopped."""

    app: ASGIApp
    exchanges: list[Recorded] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through and keep it."""
        request, response = bytearray(), bytearray()
        start: Message = {}

        async def hear() -> Message:
            message = await receive()
            request.extend(message.get("body", b""))
            return message

        async def tell(message: Message) -> None:
            start.update({key: value for key, value in message.items() if key in ("status", "headers")})
            response.extend(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._keep(scope, bytes(request), start, bytes(response))
            await send(message)

        await self.app(scope, hear, tell)

    def _keep(self, scope: Scope, request: bytes, start: Message, response: bytes) -> None:
        route = scope.get("route")
        template = judge().templates.get(shape(route.path)) if route else None
        method = scope["method"].lower()
        # What is asked by HEAD is what GET describes, but for the body.
        if template is None or method == "head" or _is_raw(start):
            return
        self.exchanges.append(
            Recorded(
                method=method,
                template=template,
                path_params=scope["path_params"],
                query=scope["query_string"].decode(),
                headers={name.decode(): value.decode() for name, value in scope["headers"]},
                body=request,
                status_code=start["status"],
                response_headers={name.decode(): value.decode() for name, value in start["headers"]},
                data=response,
                host_url=judge().host(method, template),
            )
        )

    def faults(self) -> list[str]:
        """All faults of all exchanges."""
        return [fault for exchange in self.exchanges for fault in judge().faults(exchange)]
