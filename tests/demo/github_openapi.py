"""GitHub's published OpenAPI description, cut down to what the double serves, and a layer that holds the double to it.

The description comes from the npm package ``@octokit/openapi``, pinned, into the git-ignored cache.
"""

import base64
import hashlib
import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.responses.exceptions import ResponseNotFound
from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.demo.github.app import IN_REPOSITORY, TOP
from pipeline.process import run_sync

VERSION = "23.0.2"
INTEGRITY = "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=="
MEMBER = "package/generated/api.github.com.json"
CACHE = Path(__file__).parents[2] / ".cache" / "openapi"
NOT_IN_THE_API = frozenset({"/storage/{key}"})
"""Where binary content is redirected to; at GitHub that is another host, of which nothing is published."""
UNDESCRIBED = frozenset({400, 401, 403, 404, 409, 422, 429})
"""Refusals that any endpoint can give, and that the description does not repeat for each."""

Described = dict[str, Any]


def shape(path: str) -> str:
    """A path template without the names of its parameters, which differ between the description and the double."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def served_paths() -> frozenset[str]:
    """The shapes of all paths of the API that the double answers."""
    scoped = {"/repos/{owner}/{repo}" + path for _, path, _ in IN_REPOSITORY}
    return frozenset(shape(path) for path in {path for _, path, _ in TOP} - NOT_IN_THE_API | scoped)


@cache
def description() -> "Description":
    """The cut description; made once for this set of paths, and read from the cache after that."""
    key = hashlib.sha256("\n".join(sorted(served_paths())).encode()).hexdigest()[:16]
    file = CACHE / f"octokit-{VERSION}-{key}.json"
    if not file.exists():
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(_cut(_whole())))
        partial.replace(file)
    return Description(json.loads(file.read_text()))


def _whole() -> Described:
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / f"octokit-openapi-{VERSION}.tgz"
    if not archive.exists():
        run_sync(["npm", "pack", "--silent", f"@octokit/openapi@{VERSION}"], cwd=CACHE, timeout=300)
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    assert f"sha512-{digest}" == INTEGRITY, f"{archive} is not the pinned package: remove it and try again"
    with tarfile.open(archive) as package:
        member = package.extractfile(MEMBER)
        assert member is not None
        whole: Described = json.load(member)
    return whole


def _cut(whole: Described) -> Described:
    """The served paths, and of the components what they lead to."""
    wanted = served_paths()
    paths = {path: item for path, item in whole["paths"].items() if shape(path) in wanted}
    errors = ["#/components/schemas/basic-error", "#/components/schemas/validation-error"]
    components: Described = {}
    queue = [*_references(paths), *errors]
    while queue:
        _, _, kind, name = queue.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = whole["components"][kind][name]
            queue += _references(components[kind][name])
    kept = {key: whole[key] for key in ("openapi", "info", "servers")}
    return {**kept, "paths": paths, "components": components}


def _references(node: Any) -> Iterator[str]:
    match node:
        case dict():
            if isinstance(target := node.get("$ref"), str):
                yield target
            for key, value in node.items():
                if key not in ("example", "examples", "description"):
                    yield from _references(value)
        case list():
            for value in node:
                yield from _references(value)


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


class Description:
    """The cut description, ready to judge exchanges."""

    def __init__(self, described: Described) -> None:
        self.described = described
        self.templates = {shape(path): path for path in described["paths"]}
        # The description itself is GitHub's to get right, and checking it takes longer than all tests.
        self._openapi = OpenAPI.from_dict(described, config=Config(spec_validator_cls=None))

    def host(self, method: str, template: str) -> str:
        """The host an operation is on: uploads have one of their own."""
        operation = self.described["paths"][template].get(method, {})
        return str(operation.get("servers", self.described["servers"])[0]["url"])

    def faults(self, exchange: Recorded) -> list[str]:
        """All that the exchange has and the description does not allow; a refused request may be anything."""
        found = list(self._response_faults(exchange))
        if exchange.status_code < 400:
            found += [_explained(error) for error in self._openapi.iter_request_errors(RequestView(exchange))]
        return [f"{exchange}: {fault}" for fault in found]

    def _response_faults(self, exchange: Recorded) -> Iterator[str]:
        errors = list(self._openapi.iter_response_errors(RequestView(exchange), ResponseView(exchange)))
        if any(isinstance(error, ResponseNotFound) for error in errors) and exchange.status_code in UNDESCRIBED:
            yield from _error_body_faults(exchange)
        else:
            yield from (_explained(error) for error in errors)


def _error_body_faults(exchange: Recorded) -> Iterator[str]:
    """What is wrong with a refusal: https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api"""
    body = json.loads(exchange.data)
    texts = ("message", "documentation_url", "status")
    yield from (f"{name} is no text in {body}" for name in texts if not isinstance(body.get(name), str))
    for error in body.get("errors", []):
        if not {"resource", "code"} <= error.keys():
            yield f"an error without resource or code: {error}"


def _explained(error: Exception) -> str:
    causes = getattr(error.__cause__, "schema_errors", None) or []
    details = "; ".join(f"{'.'.join(map(str, cause.absolute_path))}: {cause.message[:300]}" for cause in causes)
    return f"{type(error).__name__} {error} {error.__cause__ or ''} {details}".strip()


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
            await send(message)

        await self.app(scope, hear, tell)
        self._keep(scope, bytes(request), start, bytes(response))

    def _keep(self, scope: Scope, request: bytes, start: Message, response: bytes) -> None:
        route = scope.get("route")
        template = description().templates.get(shape(route.path)) if route else None
        if template is None:
            return
        method = scope["method"].lower()
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
                host_url=description().host(method, template),
            )
        )

    def faults(self) -> list[str]:
        """All faults of all exchanges."""
        return [fault for exchange in self.exchanges for fault in description().faults(exchange)]
