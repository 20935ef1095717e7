"""The API's own endpoints (https://docs.github.com/rest/meta/meta, https://docs.github.com/rest/rate-limit/rate-limit)."""

import time
from typing import Any

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.call import Call
from pipeline.demo.github.store import RateLimit

LINKS = {
    "current_user_url": "/user",
    "current_user_authorizations_html_url": "/settings/connections/applications{/client_id}",
    "authorizations_url": "/authorizations",
    "code_search_url": "/search/code?q={query}{&page,per_page,sort,order}",
    "commit_search_url": "/search/commits?q={query}{&page,per_page,sort,order}",
    "emails_url": "/user/emails",
    "emojis_url": "/emojis",
    "events_url": "/events",
    "feeds_url": "/feeds",
    "followers_url": "/user/followers",
    "following_url": "/user/following{/target}",
    "gists_url": "/gists{/gist_id}",
    "issue_search_url": "/search/issues?q={query}{&page,per_page,sort,order}",
    "issues_url": "/issues",
    "keys_url": "/user/keys",
    "label_search_url": "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}",
    "notifications_url": "/notifications",
    "organization_url": "/orgs/{org}",
    "organization_repositories_url": "/orgs/{org}/repos{?type,page,per_page,sort}",
    "organization_teams_url": "/orgs/{org}/teams",
    "public_gists_url": "/gists/public",
    "rate_limit_url": "/rate_limit",
    "repository_url": "/repos/{owner}/{repo}",
    "repository_search_url": "/search/repositories?q={query}{&page,per_page,sort,order}",
    "current_user_repositories_url": "/user/repos{?type,page,per_page,sort}",
    "starred_url": "/user/starred{/owner}{/repo}",
    "starred_gists_url": "/gists/starred",
    "topic_search_url": "/search/topics?q={query}{&page,per_page}",
    "user_url": "/users/{user}",
    "user_organizations_url": "/user/orgs",
    "user_repositories_url": "/users/{user}/repos{?type,page,per_page,sort}",
    "user_search_url": "/search/users?q={query}{&page,per_page,sort,order}",
}
HOUR = 3600


async def links(call: Call) -> Response:
    """``GET /``: where everything is."""
    return JSONResponse({name: call.origin + path for name, path in LINKS.items()})


async def rate_limit(call: Call) -> Response:
    """``GET /rate_limit``: what is left of this hour's requests. Asking costs none."""
    rate = call.caller.rate if call.caller else call.store.anonymous_rate
    core = overview(rate)
    search = overview(RateLimit(30))
    return JSONResponse({"resources": {"core": core, "search": search}, "rate": core})


def overview(rate: RateLimit) -> dict[str, Any]:
    """One budget as GitHub tells it; the hour ends on the hour."""
    reset = (int(time.time()) // HOUR + 1) * HOUR
    return {"limit": rate.limit, "used": rate.used, "remaining": rate.remaining, "reset": reset}
