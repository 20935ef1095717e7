"""Users, and their own endpoint (https://docs.github.com/rest/users/users)."""

import zlib
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.access import refuse_write
from pipeline.demo.github.call import Call
from pipeline.demo.github.errors import ApiError

JOINED = datetime(2020, 1, 1, tzinfo=UTC)


def timestamp(moment: datetime) -> str:
    """Return a moment as GitHub writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> datetime:
    """Return the present moment in whole seconds, as GitHub keeps it."""
    return datetime.now(UTC).replace(microsecond=0)


def simple_user(origin: str, login: str) -> dict[str, Any]:
    """Return a user or organization as it stands within other answers."""
    api = f"{origin}/users/{login}"
    return {
        "login": login,
        "id": _user_id(login),
        "node_id": f"U_{_user_id(login)}",
        "avatar_url": f"{origin}/avatars/{login}",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{origin}/{login}",
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "user_view_type": "public",
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
    }


async def authenticated(call: Call) -> Response:
    """``GET /user``: whose token this is; an app's token is nobody's."""
    if call.caller is None:
        raise ApiError(401, "Requires authentication")
    if call.caller.kind == "app":
        raise refuse_write(call.caller)
    profile = {
        "name": None,
        "company": None,
        "blog": "",
        "location": None,
        "email": None,
        "hireable": None,
        "bio": None,
    }
    counts = {"public_repos": 0, "public_gists": 0, "followers": 0, "following": 0}
    joined = {"created_at": timestamp(JOINED), "updated_at": timestamp(JOINED)}
    return JSONResponse({**simple_user(call.origin, call.login), **profile, **counts, **joined})


def _user_id(login: str) -> int:
    return zlib.crc32(login.lower().encode())
