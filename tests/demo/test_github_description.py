"""The check itself: an answer that GitHub would not give must be seen."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import checked_github
from tests.demo.conftest import NAME, WRITER
from tests.demo.github_description import served_paths
from tests.demo.github_history import History
from tests.demo.github_recorder import Recorder, judge

HEADERS = {"Authorization": f"Bearer {WRITER}"}


def test_every_served_path_is_described() -> None:
    assert served_paths() <= judge().templates.keys()


@pytest.fixture
def faults_of(history: History) -> Callable[[Callable[[Any], Any], str], list[str]]:
    """What the check finds when the body of one answer is changed on its way."""

    def ask(change: Callable[[Any], Any], path: str) -> list[str]:
        recorders: list[Recorder] = []

        def spoil(app: ASGIApp) -> Recorder:
            recorders.append(Recorder(_Spoiled(app, change)))
            return recorders[0]

        with GitHubDouble(wrap=spoil) as double:
            double.add_repository(NAME, git_dir=history.git_dir)
            double.add_token(WRITER, permissions={NAME: "push"})
            httpx.post(f"{double.url}/repos/{NAME}/releases", json={"tag_name": "v1"}, headers=HEADERS)
            httpx.get(double.url + path, headers=HEADERS)
        return recorders[0].faults()

    return ask


class _Spoiled:
    def __init__(self, app: ASGIApp, change: Callable[[Any], Any]) -> None:
        self.app, self.change = app, change

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            if body := message.get("body"):
                message["body"] = json.dumps(self.change(json.loads(body))).encode()
            await send({**message, **_without_length(message)})

        await self.app(scope, receive, tell)


def _without_length(message: Message) -> dict[str, Any]:
    headers = [(name, value) for name, value in message.get("headers", []) if name != b"content-length"]
    return {"headers": headers} if headers else {}


def test_right_answers_pass(faults_of: Callable[[Callable[[Any], Any], str], list[str]]) -> None:
    assert faults_of(lambda body: body, f"/repos/{NAME}/releases/latest") == []


def test_a_missing_field_is_seen(faults_of: Callable[[Callable[[Any], Any], str], list[str]]) -> None:
    found = faults_of(lambda body: {**body, "upload_url": None}, f"/repos/{NAME}/releases/latest")
    assert any("upload_url" in fault for fault in found)


def test_a_poor_refusal_is_seen(faults_of: Callable[[Callable[[Any], Any], str], list[str]]) -> None:
    spoil = lambda body: {"oops": 1} if "message" in body else body  # noqa: E731
    assert any("message" in fault for fault in faults_of(spoil, f"/repos/{NAME}/git/tags/{'0' * 40}"))


def test_a_request_that_github_does_not_take_is_seen(history: History) -> None:
    def ask() -> None:
        with checked_github() as double:
            double.add_repository(NAME, git_dir=history.git_dir)
            double.add_token(WRITER, permissions={NAME: "push"})
            body = {"base": "main", "head": "side", "title": "x", "maintainer_can_modify": "perhaps"}
            assert httpx.post(f"{double.url}/repos/{NAME}/pulls", json=body, headers=HEADERS).status_code == 201

    with pytest.raises(AssertionError, match="maintainer_can_modify"):
        ask()
