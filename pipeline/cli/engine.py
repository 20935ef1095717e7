"""Which session the stages speak to: one that is there, a Dagger engine's, or the local one."""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.errors import EngineUnavailable, ToolMissing, shown
from pipeline.runtime import limits

if TYPE_CHECKING:
    from pipeline.local import Endpoint


class Engine(StrEnum):
    """What ``--engine`` takes."""

    auto = "auto"
    dagger = "dagger"
    local = "local"


PORT, TOKEN, CLI = "DAGGER_SESSION_PORT", "DAGGER_SESSION_TOKEN", "_EXPERIMENTAL_DAGGER_CLI_BIN"

LOOK = "Run `pipeline doctor` to see what this machine can do."


def choose(engine: Engine) -> tuple[Engine, str]:
    """The engine to use, and one line that says which and why.

    ``auto`` is a session that is there already, else a `dagger` command, else the local session. Raises
    `ToolMissing` when a Dagger engine is asked for and there is none.
    """
    session, command = os.environ.get(PORT), os.environ.get(CLI) or shutil.which("dagger")
    if engine is Engine.local or (engine is Engine.auto and not session and not command):
        return Engine.local, "local session"
    if session:
        return Engine.dagger, f"the Dagger session on port {session}"
    if command:
        return Engine.dagger, f"Dagger engine, through {command}"
    raise ToolMissing(
        "There is no Dagger here: no running session, and no `dagger` command on the PATH.",
        next="Install it (https://docs.dagger.io/install), or leave --engine out.",
    )


@asynccontextmanager
async def connected(engine: Engine, on_output: Callable[[str], None], *, verbose: bool) -> AsyncIterator[None]:
    """A connection of the SDK to the chosen engine. Raises `EngineUnavailable` when there is none to be had."""
    if engine is Engine.local:
        async with _local(on_output):
            yield
        return
    if command := shutil.which("dagger"):
        # Without this the SDK downloads a `dagger` of its own.
        os.environ.setdefault(CLI, command)
    async with _sdk(verbose=verbose):
        yield


@asynccontextmanager
async def _local(on_output: Callable[[str], None]) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        endpoint = await _begun(stack, on_output)
        os.environ[PORT], os.environ[TOKEN] = str(endpoint.port), endpoint.token
        try:
            async with _sdk(verbose=False):
                yield
        finally:
            # What runs next in this process must not take it for a session that is still there.
            del os.environ[PORT], os.environ[TOKEN]


async def _begun(stack: AsyncExitStack, on_output: Callable[[str], None]) -> "Endpoint":
    """A local session that ends with the stack. Raises `EngineUnavailable` where it cannot begin on this machine."""
    from pipeline.local import session
    from pipeline.local.failure import Failure

    try:
        return await stack.enter_async_context(session(on_output=on_output, limits=limits.current()))
    except Failure as failure:
        what, has_remedy, remedy = str(failure).rpartition("; ")
        told = (what, f"{remedy[:1].upper()}{remedy[1:]}.") if has_remedy else (remedy, LOOK)
        raise _not_begun(*told) from failure
    except OSError as error:
        what = f"{shown(str(error.filename), limit=200)}: {error.strerror}" if error.filename else str(error)
        raise _not_begun(what, "Set XDG_CACHE_HOME to a folder that you may write to.") from error


def _not_begun(what: str, step: str) -> EngineUnavailable:
    return EngineUnavailable(f"The local session cannot begin: {what}.", next=step)


@asynccontextmanager
async def _sdk(*, verbose: bool) -> AsyncIterator[None]:
    import dagger

    connection = dagger.connection(dagger.Config(log_output=sys.stderr if verbose else None))
    try:
        await connection.__aenter__()
    except (dagger.DaggerError, OSError) as error:
        raise EngineUnavailable(
            f"The Dagger engine did not answer: {str(error).strip()}.",
            next="Look at `dagger version`, or run the same call with --engine local.",
        ) from error
    try:
        yield
    finally:
        await connection.__aexit__(None, None, None)
