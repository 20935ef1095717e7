"""The git server against the real git client."""

import gzip
import http.client
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline import process
from pipeline.demo.git_server import GitServer
from pipeline.demo.monorepo import Monorepo
from tests.conftest import LOGIN, need

PACKET_SERVICE = "application/x-git-upload-pack-request"


@pytest.fixture
def repository(git_server: GitServer, namespace: str) -> Monorepo:
    repository = Monorepo.create_empty(git_server.root / namespace / "some.git", pushes=True)
    repository.commit({"a/file.txt": "one\n"}, message="chore: begin")
    repository.commit({"a/file.txt": "two\n"}, message="feat: go on")
    return repository


def git(*arguments: str | Path, check: bool = True, **env: str) -> process.Completed:
    isolated = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0", **env}
    return process.run_sync(["git", *map(str, arguments)], timeout=60, env=isolated, check=check)


def with_login(url: str, user: str, password: str) -> str:
    return url.replace("://", f"://{user}:{quote(password, safe='')}@")


def test_name_and_url() -> None:
    with GitServer(Path("/somewhere")) as server:
        assert server.url("unkeyed/unkey") == f"http://{server.address}/unkeyed/unkey.git"
        assert server.url_of(Path("/somewhere/unkeyed/unkey.git")) == server.url("unkeyed/unkey")


@pytest.mark.parametrize("protocol", ["0", "2"])
def test_clone(git_server: GitServer, repository: Monorepo, tmp_path: Path, protocol: str) -> None:
    git("-c", f"protocol.version={protocol}", "clone", git_server.url_of(repository.git_dir), tmp_path / "clone")
    assert (tmp_path / "clone/a/file.txt").read_text() == "two\n"
    assert git("-C", tmp_path / "clone", "rev-parse", "HEAD").text == repository.head


def test_protocol_2_is_spoken(git_server: GitServer, repository: Monorepo) -> None:
    trace = git("-c", "protocol.version=2", "ls-remote", git_server.url_of(repository.git_dir), GIT_TRACE_PACKET="1")
    assert "version 2" in trace.stderr


def test_partial_clone_leaves_trees_out(git_server: GitServer, repository: Monorepo, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git("clone", "--bare", "--filter=tree:0", git_server.url_of(repository.git_dir), clone)
    kinds = git("-C", clone, "cat-file", "--batch-check", "--batch-all-objects").text.splitlines()
    assert [line.split()[1] for line in kinds] == ["commit", "commit"]


def test_bytes_are_counted_by_path(git_server: GitServer, repository: Monorepo, tmp_path: Path) -> None:
    repository.commit({"random": os.urandom(300_000)}, message="chore: grow")
    path = f"/{repository.git_dir.relative_to(git_server.root)}/git-upload-pack"
    git("clone", "--bare", git_server.url_of(repository.git_dir), tmp_path / "clone")
    assert 300_000 < git_server.bytes_sent[path] < 320_000


def test_push_of_a_body_too_large_for_one_piece(git_server: GitServer, repository: Monorepo, tmp_path: Path) -> None:
    """More than ``http.postBuffer`` goes out in chunks, after a first request that only asks whether it may."""
    clone = tmp_path / "clone"
    git("clone", git_server.url_of(repository.git_dir), clone)
    content = os.urandom(3_000_000)
    (clone / "large").write_bytes(content)
    git("-C", clone, "add", "large")
    git("-C", clone, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-m", "feat: large")
    git("-C", clone, "-c", "http.postBuffer=65536", "push", "origin", "HEAD:refs/heads/main")
    pushed = process.run_sync(["git", f"--git-dir={repository.git_dir}", "show", "main:large"]).stdout
    assert pushed == content


def test_push_is_refused_where_it_is_not_allowed(git_server: GitServer, namespace: str, tmp_path: Path) -> None:
    closed = Monorepo.create_empty(git_server.root / namespace / "closed.git")
    head = closed.commit({"file": "one\n"}, message="chore: begin")
    clone = tmp_path / "clone"
    git("clone", git_server.url_of(closed.git_dir), clone)
    git("-C", clone, "branch", "other")
    pushed = git("-C", clone, "push", "origin", "other", check=False)
    assert pushed.returncode
    assert "403" in pushed.stderr
    assert closed.refs() == {"refs/heads/main": head}


def test_missing_repository(git_server: GitServer) -> None:
    listed = git("ls-remote", git_server.url("no/such"), check=False)
    assert listed.returncode
    assert "not found" in listed.stderr


def test_outside_of_root_is_not_served(git_server: GitServer, repository: Monorepo) -> None:
    path = f"/x/../../{git_server.root.name}/{repository.git_dir.relative_to(git_server.root)}/HEAD"
    connection = http.client.HTTPConnection(git_server.address)
    connection.request("GET", path)
    assert connection.getresponse().status != 200
    connection.close()


@pytest.mark.parametrize("user", [LOGIN[0], "x-access-token"])
def test_login_lets_in(git_server_with_login: GitServer, repository: Monorepo, user: str) -> None:
    url = with_login(git_server_with_login.url_of(repository.git_dir), user, LOGIN[1])
    assert repository.head in git("ls-remote", url).text


@pytest.mark.parametrize("login", [None, ("robot", "wrong")])
def test_login_keeps_out(git_server_with_login: GitServer, repository: Monorepo, login: tuple[str, str] | None) -> None:
    url = git_server_with_login.url_of(repository.git_dir)
    listed = git("ls-remote", with_login(url, *login) if login else url, check=False)
    assert listed.returncode
    assert "could not read Username" in listed.stderr or "Authentication failed" in listed.stderr


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Bearer cm9ib3Q6cGFzcw==", "Basic /w=="])
def test_a_login_that_makes_no_sense_is_none(git_server_with_login: GitServer, header: str) -> None:
    assert not git_server_with_login.admits(header)


@pytest.fixture
def connection(git_server: GitServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(git_server.address)
    yield connection
    connection.close()


def test_gzip_and_chunks_and_one_connection_for_all(
    connection: http.client.HTTPConnection, git_server: GitServer, repository: Monorepo
) -> None:
    path = f"/{repository.git_dir.relative_to(git_server.root)}/git-upload-pack"
    wanted = f"want {repository.head}\n".encode()
    body = b"%04x%b0000" % (len(wanted) + 4, wanted) + b"0009done\n"
    plain = {"Content-Type": PACKET_SERVICE}
    for content, headers in (
        (body, plain),
        (gzip.compress(body), {**plain, "Content-Encoding": "gzip"}),
        (iter([body[:7], body[7:]]), plain),
    ):
        connection.request("POST", path, content, headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read()[8:12]) == (200, b"PACK")


def test_a_body_that_git_does_not_want_is_not_the_next_request(
    connection: http.client.HTTPConnection, git_server: GitServer, namespace: str
) -> None:
    closed = Monorepo.create_empty(git_server.root / namespace / "closed.git")
    path = f"/{closed.git_dir.relative_to(git_server.root)}"
    connection.request("POST", f"{path}/git-receive-pack", bytes(1_000_000))
    refused = connection.getresponse()
    refused.read()
    connection.request("GET", f"{path}/HEAD")
    assert (refused.status, connection.getresponse().status) == (403, 200)


def test_close_does_not_wait_for_idle_clients(tmp_path: Path) -> None:
    need("git")
    with GitServer(tmp_path) as server:
        connection = http.client.HTTPConnection(server.address, timeout=10)
        connection.request("GET", "/some.git/info/refs")
        connection.getresponse().read()
    assert connection.sock.recv(1) == b""
    connection.close()
