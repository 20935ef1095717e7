"""An address that is not the GitHub API's: neither a missing repository, nor an empty one, nor a defect of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from pipeline.errors import GithubUnavailable, NotAuthorized, PipelineError
from pipeline.github import releases
from pipeline.github.api import Github
from pipeline.runtime import limits
from pipeline.runtime.credentials import Credential
from pipeline.runtime.limits import Limits
from pipeline.tag import Tag

pytestmark = pytest.mark.anyio

HTML = "<html><body>It works!</body></html>"
GITHUBS = '{"message":"Not Found","documentation_url":"https://docs.github.com/rest","status":"404"}'


@contextmanager
def answering(status: int, kind: str, body: str, **headers: str) -> Iterator[Github]:
    """GitHub, as something takes it for that gives one answer to everything."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Github(
                api=f"http://127.0.0.1:{server.server_port}/",
                repository="acme/unkey",
                credential=Credential(None, "none was passed", "--github-token"),
            )
        finally:
            server.shutdown()
            thread.join()


async def asked(github: Github) -> PipelineError:
    limits.use(Limits(attempts=1))
    with pytest.raises(PipelineError) as caught:
        await github.call(lambda repository: list(repository.get_releases()))
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (404, "text/html", HTML),
        (404, "text/plain", "404 page not found\n"),
        (404, "application/json", '{"errors":[{"code":"NAME_UNKNOWN"}]}'),
        (200, "text/html", HTML),
        (403, "text/html", HTML),
        (401, "text/html", HTML),
    ],
)
async def test_it_does_not_look_like_github(status: int, kind: str, body: str) -> None:
    with answering(status, kind, body) as github:
        error = await asked(github)
        assert isinstance(error, GithubUnavailable)
        assert f"{github.api.rstrip('/')} does not look like GitHub's API" in error.message
        assert f"with {status}" in error.message
        assert "--github-api https://api.github.com" in error.next


async def test_absence_is_believed_of_github_only() -> None:
    async def release(github: Github) -> object:
        return await github.call(lambda repository: releases.published(repository, Tag.parse("vault/v1.0.0")))

    with answering(404, "application/json", GITHUBS) as github:
        assert await release(github) is None
    with answering(404, "text/html", HTML) as github, pytest.raises(GithubUnavailable):
        await release(github)


@pytest.mark.parametrize(
    ("body", "headers"),
    [(GITHUBS, {}), ("", {"X-GitHub-Request-Id": "FBB7:5B94"})],
    ids=["behind a proxy that removes headers", "by its headers"],
)
async def test_it_is_github_that_has_no_such_repository(body: str, headers: dict[str, str]) -> None:
    with answering(404, "application/json", body, **headers) as github:
        error = await asked(github)
        assert isinstance(error, NotAuthorized)
        assert "acme/unkey without a token (404): " in error.message
        assert "--github-token" in error.next


@pytest.mark.parametrize("status", [502, 503, 429])
async def test_what_stands_before_github_speaks_for_it(status: int) -> None:
    with answering(status, "text/html", HTML) as github:
        error = await asked(github)
        assert isinstance(error, GithubUnavailable)
        assert "does not look like" not in error.message
        assert error.passing
