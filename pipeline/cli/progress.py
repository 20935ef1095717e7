"""What a person sees while a run goes on, on standard error: live on a terminal, plain lines elsewhere.

The stages are OpenTelemetry spans (`pipeline.journal`); here is the span processor that shows them.
"""

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider

from pipeline.journal import SPAN_DETAIL, SPAN_OUTCOME, SPAN_PART, SPAN_PARTS, SPAN_WAIT
from pipeline.report import MARKS, StageOutcome

if TYPE_CHECKING:
    from rich.console import RenderableType

BAR = 40
"""Columns of the bar of a stage that has many parts."""

TAIL = 6
"""Lines of a build's output that stay on the terminal while it runs."""


class Screen(Protocol):
    """How stages and output are shown."""

    def began(self, stage: str) -> None:
        """A stage begins."""

    def ended(self, stage: str, line: str) -> None:
        """A stage ended, as the line says."""

    def output(self, line: str) -> None:
        """A build said something."""

    def advanced(self, done: int, total: int) -> None:
        """A stage of many parts came this far."""

    def __enter__(self) -> "Screen": ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Lines:
    """Plain lines, for CI and files: one as a stage ends, and before it the build's own under the stage's name."""

    def __init__(self) -> None:
        self._running: list[str] = []
        self._named: set[str] = set()

    def began(self, stage: str) -> None:
        """Remember the stage: its name is worth a line only when it has output."""
        self._running.append(stage)

    def ended(self, stage: str, line: str) -> None:
        """Say how a stage ended."""
        self._running = [name for name in self._running if name != stage]
        self._print(line)

    def output(self, line: str) -> None:
        """Pass a line of a build on, below the names of all that run: any of them may have said it."""
        if not self._named.issuperset(self._running):
            self._named.update(self._running)
            self._print(f"▸ {', '.join(self._running)}")
        self._print(f"    {line}")

    def advanced(self, done: int, total: int) -> None:
        """Say nothing: a log has no use for a bar."""

    def __enter__(self) -> "Lines":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _print(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)


class Terminal:
    """A live display: ended stages stay, the running ones spin above the end of their output."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live
        from rich.progress_bar import ProgressBar
        from rich.spinner import Spinner

        self._spinner = partial(Spinner, "dots")
        self._running: dict[str, Spinner] = {}
        self._tail: deque[str] = deque(maxlen=TAIL)
        self._bar = ProgressBar(width=BAR)
        self._has_bar = False
        self._console = Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, transient=True, refresh_per_second=10, get_renderable=self._view)

    def began(self, stage: str) -> None:
        """Show a stage as running."""
        if not self._running:
            self._tail.clear()
        self._running[stage] = self._spinner(text=stage)
        self._has_bar = False

    def ended(self, stage: str, line: str) -> None:
        """Leave a line for the stage that ended."""
        from rich.text import Text

        self._running.pop(stage, None)
        colour = "red" if line.startswith("✘") else "green" if line.startswith("✔") else "dim"
        self._console.print(Text.assemble((line[:1], colour), line[1:]))

    def output(self, line: str) -> None:
        """Show a line of a build below its stage."""
        self._tail.append(line)

    def advanced(self, done: int, total: int) -> None:
        """Show how far a stage of many parts is."""
        self._bar.update(done, total)
        for stage, spinner in self._running.items():
            spinner.update(text=f"{stage}  {done} of {total}")
        self._has_bar = True

    def __enter__(self) -> "Terminal":
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.clear()
        self._live.__exit__(kind, error, trace)

    def _view(self) -> "RenderableType":
        from rich.console import Group
        from rich.text import Text

        if not self._running:
            return Text("")
        tail = [Text(f"    {line}", style="dim", overflow="ellipsis", no_wrap=True) for line in self._tail]
        return Group(*self._running.values(), *([self._bar] if self._has_bar else []), *tail)


class StageSpans(SpanProcessor):
    """Hands the spans of stages to a screen, until it is stopped: a provider never lets go of a processor."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._stopped = False
        self._stage: Span | None = None
        self._done = 0

    def stop(self) -> None:
        """Show nothing any more."""
        self._stopped = True

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """A stage begins, or waits for something."""
        attributes = span.attributes or {}
        if self._stopped or not _is_ours(span) or SPAN_PART in attributes:
            return
        if SPAN_WAIT in attributes:
            self._screen.output(span.name)
            return
        self._stage, self._done = span, 0
        self._screen.began(span.name)

    def on_end(self, span: ReadableSpan) -> None:
        """A stage ended, or one of its parts."""
        attributes = span.attributes or {}
        if self._stopped or not _is_ours(span):
            return
        if SPAN_PART in attributes:
            self._advance()
        elif SPAN_OUTCOME in attributes:
            self._stage = None
            outcome: StageOutcome = attributes[SPAN_OUTCOME]  # type: ignore[assignment]  # the journal sets no other
            seconds = ((span.end_time or 0) - (span.start_time or 0)) / 1e9
            told = f"{MARKS[outcome]} {span.name:<16} {seconds:6.2f} s  {attributes.get(SPAN_DETAIL)!s}"
            self._screen.ended(span.name, told)

    def _advance(self) -> None:
        total = (self._stage.attributes or {}).get(SPAN_PARTS) if self._stage else None
        self._done += 1
        if isinstance(total, int):
            self._screen.advanced(min(self._done, total), total)


@contextmanager
def shown(*, quiet: bool) -> Iterator[Screen]:
    """Show the stages of the run inside; ``quiet`` leaves plain lines out altogether."""
    screen: Screen = Terminal() if sys.stderr.isatty() and not quiet else Lines()
    spans = StageSpans(screen)
    if not quiet:
        _provider().add_span_processor(spans)
    try:
        with screen:
            yield screen
    finally:
        spans.stop()


def _provider() -> TracerProvider:
    """The process's tracer provider, which can be set only once."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    return provider


def _is_ours(span: ReadableSpan) -> bool:
    scope = span.instrumentation_scope
    return scope is not None and scope.name == "pipeline"
