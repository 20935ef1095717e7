"""One HTTP request for git: from the wire to git-http-backend(1) and back, streaming both ways."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPMessage, parse_headers
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from pathlib import Path
from threading import Thread
from typing import IO, Protocol, cast
from urllib.parse import unquote

from pipeline import process

CHUNK = 64 * 1024
HOP_BY_HOP = frozenset({"status", "connection", "transfer-encoding"})


class Site(Protocol):
    """What a handler asks of the server it works for."""

    root: Path

    def admits(self, authorization: str | None) -> bool:
        """Tell whether the value of an Authorization header opens this server."""

    def count(self, path: str, size: int) -> None:
        """Add ``size`` bytes to what was sent for ``path``."""


class GitHandler(BaseHTTPRequestHandler):
    """Answer requests for what is below the site's root."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = CHUNK

    def __init__(self, *args: object, site: Site) -> None:
        self.site = site
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer what smart HTTP reads by GET, for example ``info/refs``."""
        self.path, _, self.query = self.path.partition("?")
        if self.site.admits(self.headers.get("Authorization")):
            self._answer_with_git()
        else:
            self._ask_for_login()

    def do_POST(self) -> None:
        """Answer what smart HTTP does by POST: fetch and push."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
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
        stdin, stdout = cast("IO[bytes]", backend.stdin), cast("IO[bytes]", backend.stdout)
        feeder = Thread(target=self._feed, args=(stdin,), name="git-request-body")
        feeder.start()
        try:
            self._relay(stdout)
        except OSError:
            self.connection.shutdown(socket.SHUT_RDWR)
            raise
        finally:
            _end(backend)
            feeder.join()
            stdout.close()

    def _cgi_environment(self) -> dict[str, str]:
        """Name the variables of RFC 3875 as git-http-backend(1) reads them."""
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
