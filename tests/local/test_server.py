"""The HTTP face: who gets in, and what is answered to what is not served."""

import socket
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path
from typing import Any

import anyio
import dagger
import graphql
import httpx
import pytest
from dagger import dag

from pipeline import local
from pipeline.local import introspection
from pipeline.local.server import schema

pytestmark = pytest.mark.anyio


@pytest.fixture
async def endpoint(cache: Path) -> AsyncIterator[local.Endpoint]:
    async with local.session(cache=cache) as endpoint:
        yield endpoint


async def post(
    endpoint: local.Endpoint, query: str, *, token: str | None = None, path: str = "/query"
) -> httpx.Response:
    auth = httpx.Auth() if token == "" else httpx.BasicAuth(token or endpoint.token, "")
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(
            f"http://127.0.0.1:{endpoint.port}{path}", json={"query": query}, auth=auth, timeout=60
        )


async def test_only_the_token_gets_in(endpoint: local.Endpoint) -> None:
    assert (await post(endpoint, "{version}")).json()["data"]["version"].startswith("v0.")
    for token in ("", "wrong", endpoint.token + "x"):
        answer = await post(endpoint, "{version}", token=token)
        assert answer.status_code == 401
        assert endpoint.token not in answer.text


async def test_only_queries_are_served(endpoint: local.Endpoint) -> None:
    assert (await post(endpoint, "{version}", path="/other")).status_code == 404
    assert (await post(endpoint, "{not graphql")).status_code == 400


async def test_an_unserved_field_says_who_has_it(endpoint: local.Endpoint) -> None:
    answer = (await post(endpoint, '{http(url: "http://a") {id}}')).json()
    message = answer["errors"][0]["message"]
    assert "Cannot query field 'http' on type 'Query'" in message
    assert "--engine dagger" in message


async def test_an_unserved_field_is_named_to_the_sdk(connected: list[str]) -> None:
    with pytest.raises(dagger.InvalidQueryError) as caught:
        await dag.http("http://a").id()
    assert "http" in str(caught.value.__cause__)


async def test_ids_of_another_session_are_refused(endpoint: local.Endpoint) -> None:
    answer = (await post(endpoint, '{node(id: "abc") {id}}')).json()
    assert "no object of this session has the ID 'abc'" in answer["errors"][0]["message"]


async def test_an_id_of_the_wrong_kind_is_refused(endpoint: local.Endpoint) -> None:
    made = (await post(endpoint, "{directory {id}}")).json()["data"]["directory"]["id"]
    answer = (await post(endpoint, f'{{container {{publish(address: "a/b", platformVariants: ["{made}"])}}}}')).json()
    assert "expected the ID of a Container, not of a Directory" in answer["errors"][0]["message"]


async def test_it_listens_on_loopback_only(endpoint: local.Endpoint) -> None:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    bound = [row[1] for row in rows if row[1].endswith(f":{endpoint.port:04X}") and row[3] == "0A"]
    assert bound == [f"0100007F:{endpoint.port:04X}"]


async def test_the_end_of_a_session_ends_its_programs(cache: Path, base_image: str) -> None:
    contents = f"FROM {base_image}\\nRUN echo started && sleep 304"
    file = f'withNewFile(path: "Dockerfile", contents: "{contents}")'
    query = f"{{ directory {{ {file} {{ dockerBuild {{ sync }} }} }} }}"
    answers: list[httpx.Response] = []
    heard: list[str] = []

    async def build(endpoint: local.Endpoint) -> None:
        answers.append(await post(endpoint, query))

    with anyio.fail_after(60):
        async with (
            anyio.create_task_group() as tasks,
            local.session(cache=cache, on_output=heard.append) as endpoint,
        ):
            tasks.start_soon(build, endpoint)
            while not any(line.endswith("started") for line in heard):
                await anyio.sleep(0.02)
    assert (answers[0].status_code, "session has ended" in answers[0].text) == (503, True)
    assert not running("sleep 304")


async def test_a_client_that_leaves_ends_its_build(connected: list[str], base_image: str) -> None:
    dockerfile = f"FROM {base_image}\nRUN echo started && sleep 301\n"
    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(dag.directory().with_new_file("Dockerfile", dockerfile).docker_build().sync)
            while not any(line.endswith("started") for line in connected):
                await anyio.sleep(0.02)
            tasks.cancel_scope.cancel()
        while running("sleep 301"):
            await anyio.sleep(0.05)


def running(command: str) -> bool:
    wanted = command.replace(" ", "\0") + "\0"
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if wanted in process.read_text():
                return True
        except OSError:
            continue
    return False


async def test_a_port_is_free_again_afterwards(cache: Path) -> None:
    async with local.session(cache=cache) as endpoint:
        port = endpoint.port
    with socket.create_server(("127.0.0.1", port)):
        pass


async def test_the_callers_exception_comes_out_as_it_is(cache: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with local.session(cache=cache):
            raise ZeroDivisionError


async def test_the_clients_own_question_is_answered_as_any_other_would_be(
    endpoint: local.Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert introspection.derived(schema()) == resources.files(local).joinpath(introspection.FILE_NAME).read_bytes()
    answered = []
    answer = introspection.answer

    def listen(query: str) -> dict[str, Any] | None:
        answered.append(answer(query) is not None)
        return answer(query)

    monkeypatch.setattr(introspection, "answer", listen)
    monkeypatch.setenv("DAGGER_SESSION_PORT", str(endpoint.port))
    monkeypatch.setenv("DAGGER_SESSION_TOKEN", endpoint.token)
    async with dagger.connection():
        await dag.default_platform()
    assert answered[0] is True
    assert answered[-1] is False
    other = graphql.get_introspection_query(descriptions=False, input_value_deprecation=True)
    assert len((await post(endpoint, other)).json()["data"]["__schema"]["types"]) == len(schema().type_map)
