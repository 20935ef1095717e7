"""The fault proxy: passes everything through unharmed, and breaks exactly what a rule says."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from pipeline import process
from pipeline.demo.fast_import import ISOLATED
from pipeline.demo.git_server import GitServer
from pipeline.demo.images import push_base_image
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from tests.conftest import need
from tests.faults.proxy import Proxy
from tests.faults.rules import Alter, Answer, Reset, Slow, Stall, Truncate

BODY = bytes(range(256)) * 1000


class Recorder(ThreadingHTTPServer):
    """A server that keeps what it was sent and answers with its own absolute address."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), RecordingHandler)
        self.received: list[tuple[str, str, bytes]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that leave, as they are meant to here."""


class RecordingHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Recorder

    def do_GET(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        self.server.received.append((self.command, self.path, body))
        if len(body) < size:
            return
        link = f"http://{self.server.address}/next"
        answer, kind = (BODY, "application/octet-stream") if self.path == "/blob" else (link.encode(), "text/plain")
        if self.path == "/json":
            answer, kind = json.dumps({"url": link}).encode(), "application/json; charset=utf-8"
        if self.path == "/manifest":
            answer, kind = json.dumps({"url": link}).encode(), "application/vnd.oci.image.manifest.v1+json"
        self.send_response(200)
        self.send_header("Location", link)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def upstream() -> Iterator[Recorder]:
    with Recorder() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(upstream: Recorder, proxy_to: Callable[[str], Proxy]) -> Proxy:
    return proxy_to(upstream.address)


@pytest.fixture
def client(proxy: Proxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url, timeout=5, trust_env=False) as client:
        yield client


def test_bodies_pass_both_ways(client: httpx.Client, proxy: Proxy, upstream: Recorder) -> None:
    assert client.post("/blob?x=1", content=BODY).status_code == 200
    assert client.get("/blob").content == BODY
    assert client.head("/blob").headers["Content-Length"] == str(len(BODY))
    assert upstream.received == [("POST", "/blob?x=1", BODY), ("GET", "/blob", b""), ("HEAD", "/blob", b"")]
    assert [(seen.method, seen.target, seen.status) for seen in proxy.journal] == [
        ("POST", "/blob?x=1", 200),
        ("GET", "/blob", 200),
        ("HEAD", "/blob", 200),
    ]
    assert (proxy.journal[0].request_bytes, proxy.journal[1].answer_bytes) == (len(BODY), len(BODY))


@pytest.mark.parametrize("path", ["/json", "/text"])
def test_urls_of_the_upstream_become_the_proxys(client: httpx.Client, proxy: Proxy, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Location"] == f"{proxy.url}/next"
    assert f"{proxy.url}/next" in answer.text
    assert client.head(path).headers["Content-Length"]


def test_manifests_pass_byte_for_byte(client: httpx.Client, upstream: Recorder) -> None:
    assert upstream.address in client.get("/manifest").text


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503])
def test_answers_itself(client: httpx.Client, proxy: Proxy, upstream: Recorder, status: int) -> None:
    rule = proxy.on("POST", "^/x", Answer(status, {"Retry-After": "7"}, b"no"))
    answer = client.post("/x", content=BODY)
    assert (answer.status_code, answer.headers["Retry-After"], answer.content) == (status, "7", b"no")
    assert upstream.received == []
    assert rule.struck.is_set()
    assert client.post("/x").status_code == 200


def test_answers_itself_after_the_work_is_done(client: httpx.Client, proxy: Proxy, upstream: Recorder) -> None:
    proxy.on("POST", "^/x", Answer(502, after_forwarding=True))
    assert client.post("/x", content=b"effect").status_code == 502
    assert upstream.received == [("POST", "/x", b"effect")]


def test_only_the_nth_matches_count(client: httpx.Client, proxy: Proxy) -> None:
    proxy.on("GET|HEAD", r"^/v\d$", Answer(500), nth=2, times=2)
    wanted = [("GET", "/v1"), ("POST", "/v1"), ("HEAD", "/v2"), ("GET", "/v"), ("GET", "/v3"), ("GET", "/v4")]
    assert [client.request(*request).status_code for request in wanted] == [200, 200, 500, 200, 500, 200]


def test_for_ever_until_cleared(client: httpx.Client, proxy: Proxy) -> None:
    proxy.on("GET", ".", Answer(503), times=None)
    assert {client.get("/x").status_code for _ in range(5)} == {503}
    proxy.clear()
    assert client.get("/x").status_code == 200
    assert len(proxy.journal) == 1


@pytest.mark.parametrize("after", [0, 1000, 70_000])
def test_reset_of_the_answer_comes_after_the_effect(
    client: httpx.Client, proxy: Proxy, upstream: Recorder, after: int
) -> None:
    proxy.on("POST", "/blob", Reset(after))
    with pytest.raises(httpx.ReadError, match="reset by peer"):
        client.post("/blob", content=b"effect")
    assert upstream.received == [("POST", "/blob", b"effect")]
    assert proxy.journal[0].answer_bytes == after


def test_reset_of_the_request_before_anything(client: httpx.Client, proxy: Proxy, upstream: Recorder) -> None:
    proxy.on("POST", "/x", Reset(of="request"))
    with pytest.raises(httpx.TransportError):
        client.post("/x", content=BODY)
    assert upstream.received == []


def test_reset_in_the_middle_of_the_request(client: httpx.Client, proxy: Proxy, upstream: Recorder) -> None:
    proxy.on("POST", "/x", Reset(1000, of="request"))
    with pytest.raises(httpx.TransportError):
        client.post("/x", content=BODY)
    assert proxy.journal[0].request_bytes == 1000
    assert all(len(body) <= 1000 for *_, body in upstream.received)


def test_truncated(client: httpx.Client, proxy: Proxy) -> None:
    proxy.on("GET", "/blob", Truncate(1000))
    with pytest.raises(httpx.RemoteProtocolError, match="received 1000 bytes"):
        client.get("/blob")
    assert client.get("/blob").content == BODY


@pytest.mark.parametrize("after", [0, 1000])
def test_stalled_answer(client: httpx.Client, proxy: Proxy, upstream: Recorder, after: int) -> None:
    rule = proxy.on("GET", "/blob", Stall(after))
    with pytest.raises(httpx.ReadTimeout):
        client.get("/blob", timeout=0.2)
    assert rule.struck.is_set()
    assert len(upstream.received) == 1


def test_stalled_request_never_arrives(client: httpx.Client, proxy: Proxy, upstream: Recorder) -> None:
    proxy.on("POST", "/x", Stall(of="request"))
    with pytest.raises(httpx.ReadTimeout):
        client.post("/x", content=b"effect", timeout=0.2)
    assert upstream.received == []


def test_closing_ends_a_stall(upstream: Recorder) -> None:
    caught: list[Exception] = []

    def ask(url: str) -> None:
        try:
            httpx.get(url, timeout=30, trust_env=False)
        except httpx.TransportError as error:
            caught.append(error)

    with Proxy(upstream.address) as proxy:
        rule = proxy.on("GET", ".", Stall())
        asking = Thread(target=ask, args=(proxy.url,))
        asking.start()
        assert rule.struck.wait(10)
    asking.join(10)
    assert len(caught) == 1


def test_slow(client: httpx.Client, proxy: Proxy) -> None:
    proxy.on("GET", "/blob", Slow(bytes_per_second=512_000))
    started = time.monotonic()
    assert client.get("/blob").content == BODY
    assert time.monotonic() - started >= 0.4


def test_altered(client: httpx.Client, proxy: Proxy) -> None:
    wrong = "sha256:" + "0" * 64
    proxy.on(
        "GET",
        "/blob",
        Alter({"Docker-Content-Digest": wrong, "content-type": "text/x"}, lambda body: body[::-1] + b"!"),
    )
    answer = client.get("/blob")
    assert answer.content == BODY[::-1] + b"!"
    assert answer.headers.get_list("Content-Type") == ["text/x"]
    assert answer.headers["Docker-Content-Digest"] == wrong


def test_refusing(client: httpx.Client, proxy: Proxy) -> None:
    address = proxy.address
    assert client.get("/x").status_code == 200
    with proxy.refusing(), pytest.raises(httpx.ConnectError, match="refused"):
        client.get("/x")
    assert (client.get("/x").status_code, proxy.address) == (200, address)


def test_an_upstream_that_is_gone(proxy_to: Callable[[str], Proxy]) -> None:
    with Recorder() as gone:
        address = gone.address
    assert httpx.get(proxy_to(address).url, trust_env=False).status_code == 502


def test_many_at_once(client: httpx.Client, proxy: Proxy) -> None:
    sums: list[str] = []
    threads = [
        Thread(target=lambda: sums.append(hashlib.sha256(client.get("/blob").content).hexdigest())) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums == [hashlib.sha256(BODY).hexdigest()] * 20


def test_git_through_the_proxy(
    git_server: GitServer, namespace: str, proxy_to: Callable[[str], Proxy], tmp_path: Path
) -> None:
    repository = Monorepo.create_empty(git_server.root / namespace / "some.git", pushes=True)
    repository.commit({"a": os.urandom(200_000)}, message="feat: a")
    proxy = proxy_to(git_server.address)
    url = f"{proxy.url}/{namespace}/some.git"

    def git(*arguments: str) -> process.Completed:
        return process.run_sync(["git", *arguments], env=ISOLATED, timeout=30, check=False)

    proxy.on("POST", "git-upload-pack", Truncate(50_000), nth=2)
    assert "early EOF" in git("clone", url, f"{tmp_path}/broken").stderr
    assert git("clone", url, f"{tmp_path}/clone").returncode == 0
    (tmp_path / "clone/b").write_bytes(os.urandom(2_000_000))
    git("-C", f"{tmp_path}/clone", "add", "b")
    author = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "http.postBuffer=65536")
    git("-C", f"{tmp_path}/clone", *author, "commit", "-m", "feat: b")
    pushed = git("-C", f"{tmp_path}/clone", *author, "push", "origin", "HEAD:refs/heads/main")
    assert (pushed.returncode, repository.head) == (0, git("-C", f"{tmp_path}/clone", "rev-parse", "HEAD").text)


def test_a_registry_through_the_proxy(registry: Registry, namespace: str, proxy_to: Callable[[str], Proxy]) -> None:
    need("skopeo", "busybox")
    proxy = proxy_to(registry.address)
    push_base_image(proxy.address, namespace)
    assert registry.tags(namespace) == ["1"]
    rule = proxy.on("PUT", "/manifests/2$", Answer(403, {}, b'{"errors":[{"code":"DENIED"}]}'), times=None)
    with pytest.raises(process.ProgramFailed, match=r"(?i)denied"):
        push_base_image(proxy.address, namespace, "2")
    assert rule.struck.is_set()
    assert registry.tags(namespace) == ["1"]


def test_a_registry_with_absolute_urls_through_the_proxy(
    tmp_path: Path, namespace: str, proxy_to: Callable[[str], Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A registry that names itself in its ``Location`` headers would lead clients past the proxy."""
    need("skopeo", "busybox", "docker-registry")
    monkeypatch.setenv("REGISTRY_HTTP_RELATIVEURLS", "false")
    with Registry(tmp_path) as registry:
        proxy = proxy_to(registry.address)
        push_base_image(proxy.address, namespace)
        assert {seen.method for seen in proxy.journal} >= {"POST", "PATCH", "PUT"}
