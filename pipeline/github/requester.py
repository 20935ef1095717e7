"""Requests of which only GitHub's answers count: what something else says at a mistaken address must not pass for them.

GitHub answers a repository that is not there with 404, and so does any web server to a path that it does not know.
"""

import json
from collections.abc import Mapping
from typing import Any

from github.Requester import Requester

from pipeline.errors import GithubUnavailable


class GithubRequester(Requester):
    """PyGithub's own, which in addition refuses answers that cannot come from GitHub's API."""

    def requestJson(  # noqa: N802 - PyGithub's name
        self, verb: str, url: str, *arguments: Any, **options: Any
    ) -> tuple[int, dict[str, Any], str]:
        """Send a request. Raises `GithubUnavailable` where the address is not the API's."""
        status, headers, body = super().requestJson(verb, url, *arguments, **options)
        # What stands before GitHub answers for it when it is down or busy.
        if status < 500 and status != 429 and not _is_githubs(status, headers, body):
            raise GithubUnavailable(
                f"{self.base_url} does not look like GitHub's API: it answered {verb} {url} with {status}, but not as "
                "GitHub does.",
                next="Pass the API's address: --github-api https://api.github.com, or https://HOST/api/v3 for GitHub "
                "Enterprise.",
            )
        return status, headers, body


def _is_githubs(status: int, headers: Mapping[str, Any], body: str) -> bool:
    """Whether a header says so; a proxy may have removed those, but not the form of the answer."""
    if any(name.lower().startswith("x-github-") for name in headers):
        return True
    try:
        answer = json.loads(body) if body else None
    except ValueError:
        return False
    return status < 400 or (isinstance(answer, dict) and "message" in answer)
