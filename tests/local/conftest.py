"""A local session with the real SDK connected to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import dagger
import pytest

from pipeline import local
from tests.conftest import need

Connect = Callable[..., AbstractAsyncContextManager[list[str]]]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that the tests share, as runs on one machine do."""
    # As a home folder may be called: capitals and spaces have a meaning in image names.
    return tmp_path_factory.mktemp("My Cache_")


@pytest.fixture
def connect(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Open a session and connect the SDK to it; the context gives the list of output lines."""

    @asynccontextmanager
    async def connect(where: Path = cache) -> AsyncIterator[list[str]]:
        need("git", "buildah", "skopeo")
        heard: list[str] = []
        async with local.session(cache=where, on_output=heard.append) as endpoint:
            monkeypatch.setenv("DAGGER_SESSION_PORT", str(endpoint.port))
            monkeypatch.setenv("DAGGER_SESSION_TOKEN", endpoint.token)
            async with dagger.connection():
                yield heard

    return connect


@pytest.fixture
async def connected(connect: Connect) -> AsyncIterator[list[str]]:
    """A session to which the SDK is connected; its output lines."""
    async with connect() as heard:
        yield heard
