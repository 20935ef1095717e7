"""The engines that the same scenarios run on: the local session always, a Dagger engine where one is found."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import dagger
import pytest

from pipeline import process
from pipeline.cli.engine import CLI, PORT
from tests.site import local_session

LOCAL, DAGGER = "local", "dagger"

ABSENT = "no Dagger engine: neither a `dagger` command on the PATH nor DAGGER_SESSION_PORT"

BRIDGE = "10.87.0.1"
"""Where a function's container reaches the machine of its engine, as Dagger sets it up by default."""


@cache
def dagger_version() -> str | None:
    """What the Dagger engine that is found calls itself; None where there is none."""
    if port := os.environ.get(PORT):
        return f"the session on port {port}"
    if shutil.which("dagger") is None:
        return None
    try:
        return process.run_sync(["dagger", "version"], timeout=60).text
    except process.ProcessError:
        return None


@asynccontextmanager
async def session(engine: str, cache: Path) -> AsyncIterator[None]:
    """A session of an engine with the SDK connected to it."""
    if engine == LOCAL:
        async with local_session(cache):
            yield
        return
    with pytest.MonkeyPatch.context() as patch:
        if command := shutil.which("dagger"):
            # Without this the SDK downloads a `dagger` of its own.
            patch.setenv(CLI, os.environ.get(CLI, command))
        async with dagger.connection():
            yield
