"""Git remotes over ssh: real git and real ssh, and what is said where ssh is not let in."""

from collections.abc import Iterator
from pathlib import Path

import dagger
import pytest
from dagger import dag

from pipeline import source
from pipeline.demo.monorepo import Monorepo
from pipeline.errors import NotAuthorized
from pipeline.runtime.credentials import Credential
from pipeline.source import Source
from pipeline.tag import Tag
from tests.conftest import need
from tests.local.conftest import Connect
from tests.local.ssh_server import SshServer, ssh_server

pytestmark = pytest.mark.anyio


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    need("ssh")
    with ssh_server(tmp_path) as running:
        yield running


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    monorepo = Monorepo.create_empty(tmp_path / "unkey.git")
    monorepo.commit({"a.txt": "1\n"}, message="one")
    monorepo.tag("vault/v0.1.0")
    monorepo.commit({"a.txt": "2\n"}, message="two")
    return monorepo


async def test_a_remote_over_ssh(
    connect: Connect, server: SshServer, repository: Monorepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", server.command())
    async with connect():
        git = dag.git(server.url(repository.git_dir))
        tag = git.ref("refs/tags/vault/v0.1.0")
        assert await tag.common_ancestor(git.ref("refs/heads/main")).commit() == await tag.commit()
        assert await tag.tree(discard_git_dir=True).file("a.txt").contents() == "1\n"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"key": "stranger"}, "Authentication failed"),
        ({"known": "none"}, "Host key verification failed"),
    ],
    ids=["a stranger's key", "a host that is not known"],
)
async def test_ssh_that_is_not_let_in(  # noqa: PLR0917 - fixtures
    connect: Connect,
    server: SshServer,
    repository: Monorepo,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    said: str,
) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", server.command(**given))
    nobody = Credential(None, "none is needed")
    async with connect():
        with pytest.raises(dagger.QueryError, match=said):
            await dag.git(server.url(repository.git_dir)).ref("refs/heads/main").commit()
        place = Source(url=server.url(repository.git_dir), main="main", credential=nobody)
        with pytest.raises(NotAuthorized) as refused:
            await source.resolve(place, Tag.parse("vault/v0.1.0"))
    assert "ssh knows the host and has a key" in refused.value.next
