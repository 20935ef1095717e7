"""Who may do what: tokens, repositories, and the answers for those who may not.

https://docs.github.com/rest/authentication/authenticating-to-the-rest-api
"""

import base64
import binascii
from typing import assert_never

from starlette.requests import Request

from pipeline.demo.github.errors import ApiError, not_found
from pipeline.demo.github.store import Permission, RateLimit, Repository, Store, Token


def authenticate(request: Request, store: Store) -> Token | None:
    """Whose token the request carries; None for an anonymous one. An unknown token is refused with 401."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, credentials = header.strip().partition(" ")
    secret = _password(credentials) if scheme.lower() == "basic" else credentials.strip()
    token = store.tokens.get(secret)
    if token is None or scheme.lower() not in ("basic", "bearer", "token"):
        raise ApiError(401, "Bad credentials")
    return token


def spend(rate: RateLimit, caller: Token | None) -> None:
    """Count one request against the hourly budget; refuse it where nothing is left."""
    if rate.remaining == 0:
        who = f"user ID {caller.login}" if caller else "127.0.0.1"
        raise ApiError(403, f"API rate limit exceeded for {who}.")
    rate.used += 1


def permission_in(repository: Repository, caller: Token | None) -> Permission | None:
    """Return what a caller may do in a repository; None where it does not exist for them."""
    granted = caller.permissions.get(repository.full_name.lower()) if caller else None
    return granted or (None if repository.private else "pull")


def find_repository(store: Store, full_name: str) -> Repository:
    """Return a repository by ``owner/name``, in any case, as at GitHub."""
    repository = store.repositories.get(full_name.lower())
    if repository is None:
        raise not_found()
    return repository


def refuse_write(caller: Token | None) -> ApiError:
    """Return the answer for a caller who may read a repository and not write to it; it depends on the token's kind."""
    if caller is None:
        return ApiError(401, "Requires authentication")
    match caller.kind:
        case "classic":
            return not_found()
        case "fine-grained":
            return _inaccessible("personal access token")
        case "app":
            return _inaccessible("integration")
    assert_never(caller.kind)


def _inaccessible(by: str) -> ApiError:
    headers = {"X-Accepted-GitHub-Permissions": "contents=write"}
    return ApiError(403, f"Resource not accessible by {by}", headers=headers)


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
