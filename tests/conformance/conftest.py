"""Scenarios by engine; the summary says which engines they ran on."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.conformance.engines import ABSENT, DAGGER, LOCAL, dagger_version, session
from tests.conftest import need

Session = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture(params=[LOCAL, DAGGER])
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn; a Dagger engine is nothing that a machine must have."""
    if request.param == DAGGER and dagger_version() is None:
        pytest.skip(ABSENT)
    need("git", "buildah", "skopeo")
    return str(request.param)


@pytest.fixture
def new_session(engine: str, session_cache: Path) -> Session:
    """Open a session of the engine, with the SDK connected to it."""
    return partial(session, engine, session_cache)


@pytest.fixture
def both_engines(session_cache: Path) -> dict[str, Session]:
    """Both engines, for scenarios that compare them."""
    if dagger_version() is None:
        pytest.skip(ABSENT)
    need("git", "buildah", "skopeo")
    return {engine: partial(session, engine, session_cache) for engine in (LOCAL, DAGGER)}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which engines the scenarios ran on."""
    version = dagger_version()
    ran = f"the local session and a Dagger engine ({version})" if version else f"the local session only ({ABSENT})"
    terminalreporter.write_line(f"conformance scenarios: {ran}")
