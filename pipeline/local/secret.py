"""``Secret``: a value that is read when it is used, and that no ID, log line or argument list ever holds."""

import os
import shlex
from collections.abc import Awaitable, Callable

import anyio

from pipeline.local import tools
from pipeline.local.failure import Failure
from pipeline.local.graph import Node, every_time

COMMAND_TIMEOUT = 60.0


class Secret(Node):
    """``reveal`` gives the plaintext; ``name`` is for ``setSecret``, ``uri`` for what came by reference."""

    def __init__(self, reveal: Callable[[], Awaitable[str]], *, name: str = "", uri: str = "") -> None:
        self._reveal = reveal
        self.name = name
        self.uri = uri

    @every_time
    async def plaintext(self) -> str:
        """The value itself; never remembered."""
        return await self._reveal()


def plain(name: str, plaintext: str) -> Secret:
    """A secret whose value is known already."""

    async def reveal() -> str:
        return plaintext

    return Secret(reveal, name=name)


def by_uri(uri: str) -> Secret:
    """A secret by reference: ``env://NAME``, ``file://PATH`` or ``cmd://COMMAND``, read when it is used.

    As the engine's secret providers (``engine/client/secretprovider``), but the command runs without a shell.
    """
    scheme, separator, rest = uri.partition("://")
    readers = {"env": _from_environment, "file": _from_file, "cmd": _from_command}
    if not separator or scheme not in readers:
        raise Failure(f"unsupported secret provider: {scheme!r}; use env://NAME, file://PATH or cmd://COMMAND")
    return Secret(lambda: readers[scheme](rest), uri=uri)


async def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        # Shortened, as the engine does: people paste the token itself where its name belongs.
        raise Failure(f'secret env var not found: "{name[:3]}..."')
    return value


async def _from_file(path: str) -> str:
    file = await anyio.Path(path).expanduser()
    try:
        return await file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"the secret file {file} cannot be read: {error}") from None


async def _from_command(line: str) -> str:
    try:
        argv = shlex.split(line)
    except ValueError as error:
        raise Failure(f"the secret command cannot be split into words: {error}") from None
    if not argv:
        raise Failure("the secret command is empty; write cmd://PROGRAM ARGUMENT…")
    completed = await tools.run(argv, within=COMMAND_TIMEOUT)
    if completed.returncode:
        raise Failure(f"the secret command {argv[0]!r} ended with exit code {completed.returncode}")
    return completed.text
