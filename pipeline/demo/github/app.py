"""Every address the double answers, and the way from a request to its handler."""

from collections.abc import Awaitable, Callable
from http import HTTPMethod

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pipeline.demo.github import (
    assets,
    commits,
    compare,
    contents,
    notes,
    people,
    pulls,
    refs,
    releases,
    repositories,
    root,
)
from pipeline.demo.github.access import authenticate, find_repository, permission_in, refuse_write, spend
from pipeline.demo.github.call import Call, RepositoryCall
from pipeline.demo.github.errors import ApiError, answer_unrouted, not_found
from pipeline.demo.github.store import RateLimit, Store

Handler = Callable[[Call], Awaitable[Response]]
RepositoryHandler = Callable[[RepositoryCall], Awaitable[Response]]

GET, POST, PUT, PATCH, DELETE = HTTPMethod.GET, HTTPMethod.POST, HTTPMethod.PUT, HTTPMethod.PATCH, HTTPMethod.DELETE

TOP: list[tuple[HTTPMethod, str, Handler]] = [
    (GET, "/", root.links),
    (GET, "/rate_limit", root.rate_limit),
    (GET, "/user", people.authenticated),
    (GET, "/installation/repositories", repositories.of_installation),
    (GET, "/storage/{key}", assets.download),
]
IN_REPOSITORY: list[tuple[HTTPMethod, str, RepositoryHandler]] = [
    (GET, "", repositories.get),
    (GET, "/releases", releases.listing),
    (POST, "/releases", releases.create),
    (GET, "/releases/latest", releases.latest),
    (POST, "/releases/generate-notes", notes.generate),
    (GET, "/releases/tags/{tag:path}", releases.by_tag),
    (GET, "/releases/assets/{asset_id}", assets.get),
    (PATCH, "/releases/assets/{asset_id}", assets.update),
    (DELETE, "/releases/assets/{asset_id}", assets.delete),
    (GET, "/releases/{release_id}", releases.get),
    (PATCH, "/releases/{release_id}", releases.update),
    (DELETE, "/releases/{release_id}", releases.delete),
    (GET, "/releases/{release_id}/assets", assets.listing),
    (POST, "/releases/{release_id}/assets", assets.upload),
    (GET, "/git/ref/{ref:path}", refs.get),
    (GET, "/git/matching-refs/{ref:path}", refs.matching),
    (POST, "/git/refs", refs.create),
    (PATCH, "/git/refs/{ref:path}", refs.update),
    (DELETE, "/git/refs/{ref:path}", refs.delete),
    (GET, "/git/tags/{tag_sha}", refs.tag_object),
    (GET, "/commits", commits.listing),
    (GET, "/commits/{commit_sha:path}/pulls", pulls.of_commit),
    (GET, "/commits/{ref:path}", commits.get),
    (GET, "/compare/{basehead:path}", compare.compare),
    (GET, "/branches/{branch:path}", commits.branch),
    (GET, "/contents/{path:path}", contents.get),
    (PUT, "/contents/{path:path}", contents.put),
    (GET, "/pulls", pulls.listing),
    (POST, "/pulls", pulls.create),
    (GET, "/pulls/{number}", pulls.get),
    (PATCH, "/pulls/{number}", pulls.update),
    (GET, "/issues/{number}/labels", pulls.labels),
    (POST, "/issues/{number}/labels", pulls.add_labels),
]
FREE = frozenset({"/rate_limit"})


def build_app(store: Store) -> Starlette:
    """Return the application over one store."""
    routes = [_route(store, method, path, handler) for method, path, handler in TOP]
    for method, path, handler in IN_REPOSITORY:
        routes.append(_route(store, method, "/repos/{owner}/{repo}" + path, _scoped(handler, writes=method != GET)))
    download = _scoped(assets.browser_download, writes=False)
    routes.append(_route(store, GET, "/{owner}/{repo}/releases/download/{path:path}", download))
    return Starlette(routes=routes, exception_handlers={HTTPException: answer_unrouted})


def _scoped(handler: RepositoryHandler, *, writes: bool) -> Handler:
    """Return a handler that runs only for those who may see the repository, and, where it writes, may write to it."""

    async def enter(call: Call) -> Response:
        repository = find_repository(call.store, f"{call.text('owner')}/{call.text('repo')}")
        permission = permission_in(repository, call.caller)
        if permission is None:
            raise not_found()
        if writes and permission == "pull":
            raise refuse_write(call.caller)
        inner = RepositoryCall(call.request, call.body, call.store, call.caller, repository, permission)
        return await handler(inner)

    return enter


def _route(store: Store, method: HTTPMethod, path: str, handler: Handler) -> Route:
    async def answer(request: Request) -> Response:
        body = await request.body()
        async with store.lock:
            return await _answer(store, request, body, handler)

    return Route(path, answer, methods=[method])


async def _answer(store: Store, request: Request, body: bytes, handler: Handler) -> Response:
    rate = store.anonymous_rate
    try:
        _require_user_agent(request)
        caller = authenticate(request, store)
        rate = caller.rate if caller else rate
        if request.url.path not in FREE:
            spend(rate, caller)
        response = await handler(Call(request, body, store, caller))
    except ApiError as refusal:
        response = refusal.response()
    response.headers.update(_rate_headers(rate))
    return response


def _require_user_agent(request: Request) -> None:
    if not request.headers.get("user-agent"):
        raise ApiError(
            403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header."
        )


def _rate_headers(rate: RateLimit) -> dict[str, str]:
    headers = {f"X-RateLimit-{name.title()}": str(value) for name, value in root.overview(rate).items()}
    return {**headers, "X-RateLimit-Resource": "core"}
