"""Real git over smart HTTP, on a loopback port: git-http-backend(1) behind a small threading server."""

import base64
import hmac
import os
import socket
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.client import HTTPMessage, parse_headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import IO, Self
from urllib.parse import unquote

from pipeline import process

CHUNK = 64 * 1024
HOP_BY_HOP = frozenset({"status", "connection", "transfer-encoding"})


class GitServer:
    """Serve every bare repository under ``root`` for as long as the context lasts.

    A repository allows partial clones by ``uploadpack.allowFilter`` and pushes by ``http.receivepack`` in its own
    configuration. With ``login``, every request needs that password; as on GitHub, any user name goes with it.
    """

    def __init__(self, root: Path, login: tuple[str, str] | None = None) -> None:
        self.root = root
        self.login = login
        self.bytes_sent: Counter[str] = Counter()
        """Bytes of response bodies, by path, for example ``/unkeyed/unkey.git/git-upload-pack``."""
        self._lock = Lock()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, site=self))
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="git-server")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Host and port: ``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, name: str) -> str:
        """The clone URL of the repository ``<root>/<name>.git``."""
        return f"http://{self.address}/{name}.git"

    def url_of(self, git_dir: Path) -> str:
        """The clone URL of a repository below ``root``."""
        return f"http://{self.address}/{git_dir.relative_to(self.root).as_posix()}"

    def count(self, path: str, size: int) -> None:
        """Add ``size`` bytes to what was sent for ``path``."""
        with self._lock:
            self.bytes_sent[path] += size

    def admits(self, authorization: str | None) -> bool:
        """Whether the value of an Authorization header opens this server."""
        if self.login is None:
            return True
        kind, _, encoded = (authorization or "").partition(" ")
        with suppress(ValueError):
            _, _, password = base64.b64decode(encoded).decode().partition(":")
            return kind.lower() == "basic" and hmac.compare_digest(password.encode(), self.login[1].encode())
        return False


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._connections: set[socket.socket] = set()

    def process_request(self, request: object, client_address: object) -> None:
        self._connections.add(request)  # type: ignore[arg-type]
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: object) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)  # type: ignore[arg-type]

    def hang_up(self) -> None:
        """End every open connection, so that no handler waits for a client that will not speak again."""
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is not this server's error; the client's own test tells what it saw."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = CHUNK

    def __init__(self, *args: object, site: GitServer) -> None:
        self.site = site
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.path, _, self.query = self.path.partition("?")
        if self.site.admits(self.headers.get("Authorization")):
            self._answer_with_git()
        else:
            self._ask_for_login()

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what happened is in the answers."""

    def _ask_for_login(self) -> None:
        for _ in self._request_body():
            pass
        self.send_response(HTTPStatus.UNAUTHORIZED)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer_with_git(self) -> None:
        backend = process.start_piped(["git", "http-backend"], env=self._cgi_environment())
        assert backend.stdin and backend.stdout
        feeder = Thread(target=self._feed, args=(backend.stdin,), name="git-request-body")
        feeder.start()
        try:
            self._relay(backend.stdout)
        except OSError:
            self.connection.shutdown(socket.SHUT_RDWR)
            raise
        finally:
            _end(backend)
            feeder.join()
            backend.stdout.close()

    def _cgi_environment(self) -> dict[str, str]:
        """The variables of RFC 3875, as git-http-backend(1) reads them."""
        headers = self.headers
        return {
            "GIT_PROJECT_ROOT": str(self.site.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(self.path),
            "QUERY_STRING": self.query,
            "CONTENT_TYPE": headers.get("Content-Type", ""),
            "CONTENT_LENGTH": headers.get("Content-Length", ""),
            "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_PROTOCOL": self.request_version,
        }

    def _feed(self, stdin: IO[bytes]) -> None:
        """Pass the request's body on; what git does not want is read all the same, as the next request follows it."""
        with suppress(OSError, ValueError):
            for chunk in self._request_body():
                with suppress(BrokenPipeError):
                    stdin.write(chunk)
        with suppress(OSError):
            stdin.close()

    def _request_body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            yield from _chunks(self.rfile)
        else:
            yield from _exactly(self.rfile, int(self.headers.get("Content-Length", 0)))

    def _relay(self, output: IO[bytes]) -> None:
        headers = parse_headers(output)
        self.send_response(int(headers.get("Status", "200").split()[0]))
        for name, value in headers.items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        framed = self._frame(headers)
        self.end_headers()
        while chunk := output.read1(CHUNK):  # type: ignore[attr-defined]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if framed else chunk)
            self.wfile.flush()
            self.site.count(self.path, len(chunk))
        if framed:
            self.wfile.write(b"0\r\n\r\n")

    def _frame(self, headers: HTTPMessage) -> bool:
        """Say how the body's end will be known; true when it goes in chunks."""
        if "Content-Length" in headers:
            return False
        if self.request_version == "HTTP/1.0":
            self.close_connection = True
            return False
        self.send_header("Transfer-Encoding", "chunked")
        return True


def _exactly(stream: BufferedIOBase, size: int) -> Iterator[bytes]:
    while size:
        chunk = stream.read1(min(size, CHUNK))
        if not chunk:
            raise ConnectionError("the client went away in the middle of its request")
        size -= len(chunk)
        yield chunk


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """Decode a chunked body (RFC 9112, section 7.1); trailers are read and dropped."""
    while size := int(stream.readline().split(b";")[0], 16):
        yield from _exactly(stream, size)
        stream.readline()
    while stream.readline().strip():
        pass


def _end(backend: subprocess.Popen[bytes]) -> None:
    """Stop a backend that still runs because its client left; one that answered ends by itself."""
    try:
        backend.wait(0.5)
    except subprocess.TimeoutExpired:
        process.stop(backend)
