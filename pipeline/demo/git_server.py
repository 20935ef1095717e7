"""Real git over smart HTTP, on a loopback port: git-http-backend(1) behind a small threading server."""

import base64
import hmac
import socket
from collections import Counter
from contextlib import suppress
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import Self

from pipeline.demo.git_handler import GitHandler


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
        """Start to listen."""
        self._server = _Server(("127.0.0.1", 0), partial(GitHandler, site=self))
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="git-server")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and end every connection and every git that still runs."""
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Host and port: ``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, name: str) -> str:
        """Return the clone URL of the repository ``<root>/<name>.git``."""
        return f"http://{self.address}/{name}.git"

    def url_of(self, git_dir: Path) -> str:
        """Return the clone URL of a repository below ``root``."""
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
        """Say nothing: a client that went away is not this server's error."""
