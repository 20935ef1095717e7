"""A site of the test's own, and runs on it, each in a session of its own as on the terminal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider

from pipeline import journal
from tests.conftest import need
from tests.site import Outcome, Site, local_session


class Release(Protocol):
    """One run of ``release``."""

    async def __call__(self, site: Site, tag: str, **arguments: Any) -> Outcome: ...


@pytest.fixture
def release(session_cache: Path) -> Release:
    need("git", "buildah", "skopeo")

    async def release(site: Site, tag: str, **arguments: Any) -> Outcome:
        async with local_session(session_cache):
            return await site.release(tag, **arguments)

    return release


class _Ends(SpanProcessor):
    def __init__(self) -> None:
        self.actions: dict[str, Callable[[], object]] = {}

    def on_end(self, span: ReadableSpan) -> None:
        """Do what was asked for, once."""
        if action := self.actions.pop(span.name, None):
            action()


@pytest.fixture
def when_done(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Callable[[], object]], None]:
    """Let something happen at the moment a stage of the run has ended."""
    ends, provider = _Ends(), TracerProvider()
    provider.add_span_processor(ends)
    monkeypatch.setattr(journal, "_tracer", provider.get_tracer("pipeline"))
    return ends.actions.__setitem__
