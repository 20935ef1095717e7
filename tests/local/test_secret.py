"""Secrets: read when they are used, and seen by nobody else."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import dagger
import httpx
import pytest
from dagger import dag

from pipeline.demo.git_server import GitServer
from pipeline.demo.images import push_base_image
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from pipeline.local import rootless
from tests.conftest import LOGIN
from tests.local.conftest import Connect

pytestmark = pytest.mark.anyio


async def test_by_reference(connected: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_TOKEN", "from the environment")
    (tmp_path / "token").write_text("from a file")
    assert await dag.secret("env://SOME_TOKEN").plaintext() == "from the environment"
    assert await dag.secret(f"file://{tmp_path}/token").plaintext() == "from a file"
    assert await dag.secret(f"cmd://{sys.executable} -c 'print(1)'").plaintext() == "1"
    assert await dag.secret("env://SOME_TOKEN").uri() == "env://SOME_TOKEN"
    assert await dag.set_secret("name", "value").name() == "name"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("env://UNSET_VARIABLE", 'secret env var not found: "UNS..."'),
        ("file:///no/such/file", "/no/such/file"),
        ("cmd://false", "exit code 1"),
        ("cmd://no-such-program x", "no-such-program"),
        ("vault://x", "unsupported secret provider"),
    ],
)
async def test_a_reference_fails_only_when_it_is_used(connected: list[str], uri: str, said: str) -> None:
    if not uri.startswith("vault"):
        assert await dag.secret(uri).id()
    with pytest.raises(dagger.QueryError, match=said):
        await dag.secret(uri).plaintext()


async def test_a_changed_variable_is_read_again(connected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "1")
    secret = dag.secret("env://SOME_TOKEN")
    assert await secret.plaintext() == "1"
    monkeypatch.setenv("SOME_TOKEN", "2")
    assert await secret.plaintext() == "2"


async def test_ids_cannot_be_guessed_at(connect: Connect) -> None:
    ids = set()
    for _ in range(2):
        async with connect():
            ids.add(await dag.set_secret("name", "hunter2").id())
            assert await dag.set_secret("name", "hunter2").id() in ids
            assert await dag.set_secret("name", "other").id() not in ids
    assert len(ids) == 2


async def test_nobody_sees_a_secret(  # noqa: PLR0917 - fixtures
    connect: Connect,
    registry_with_login: Registry,
    git_server_with_login: GitServer,
    git_server: GitServer,
    namespace: str,
    tmp_path: Path,
) -> None:
    base = push_base_image(registry_with_login.address, creds=LOGIN)
    repository = Monorepo.create_empty(git_server.root / namespace / "unkey.git")
    dockerfile = (
        f"FROM {base}\nRUN --mount=type=secret,id=build test -s /run/secrets/build\n"
        "RUN ls -l /proc/self/fd && env && echo running && sleep 303\n"
    )
    repository.commit({"Dockerfile": dockerfile}, message="one")
    password = LOGIN[1]
    async with connect(tmp_path) as heard:
        token = dag.set_secret("password", password)
        url = git_server_with_login.url(f"{namespace}/unkey")
        tree = dag.git(url, http_auth_token=token).ref("main").tree(discard_git_dir=True)
        container = dag.container().with_registry_auth(registry_with_login.address, LOGIN[0], token)
        await container.from_(base).image_ref()
        built = tree.docker_build(secrets=[dag.set_secret("build", password)])
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(built.sync)
            with anyio.fail_after(60):
                while not any(line.endswith("running") for line in heard):
                    await anyio.sleep(0.02)
            assert not [p for p in Path("/proc").glob("[0-9]*/cmdline") if password in text(p)]
            assert not [p for p in files_on_disk(tmp_path) if password in text(p)]
            tasks.cancel_scope.cancel()
    assert not [line for line in heard if password in line or "memfd" in line]


async def test_a_query_log_would_not_tell(cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    from pipeline import local

    caplog.set_level("DEBUG")
    async with local.session(cache=cache) as endpoint, httpx.AsyncClient(trust_env=False) as client:
        query = '{setSecret(name: "a", plaintext: "hunter2") {id} container {publish(address: "BAD")}}'
        url, auth = f"http://127.0.0.1:{endpoint.port}/query", httpx.BasicAuth(endpoint.token, "")
        answer = await client.post(url, json={"query": query}, auth=auth)
    assert "hunter2" not in answer.text + caplog.text
    assert endpoint.token not in caplog.text


def test_ranges_of_subordinate_ids(tmp_path: Path) -> None:
    (tmp_path / "subuid").write_text("somebody:100000:65536\n")
    assert rootless.has_range(tmp_path / "subuid", "somebody")
    assert not rootless.has_range(tmp_path / "subuid", "some")
    assert not rootless.has_range(tmp_path / "nothing", "somebody")


def files_on_disk(root: Path) -> Iterator[Path]:
    """What is really there: not what a running build has mounted below it."""
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        folders[:] = [name for name in folders if (here / name).lstat().st_dev == root.stat().st_dev]
        yield from (here / name for name in files if stat.S_ISREG((here / name).lstat().st_mode))


def text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
