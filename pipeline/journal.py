"""How a run is written down: each stage is timed, traced, and kept as one line of the report.

Every stage is an OpenTelemetry span, which is what a Dagger engine shows as progress
(https://docs.dagger.io/reference/configuration/observability) and what the terminal command draws live.
"""

import time
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import anyio
from opentelemetry import trace

from pipeline.errors import PipelineError
from pipeline.report import StageOutcome, StageReport, outcome_of

T = TypeVar("T")

SPAN_OUTCOME = "pipeline.stage.outcome"
SPAN_DETAIL = "pipeline.stage.detail"
SPAN_PARTS = "pipeline.stage.parts"
SPAN_PART = "pipeline.part"
SPAN_WAIT = "pipeline.wait"

_tracer = trace.get_tracer("pipeline")


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """What a stage hands back: its value, one line on what it found or did, and how it ended."""

    value: T
    detail: str
    outcome: StageOutcome = "done"


class Journal:
    """The stages of one run, in their order, and how far it came.

    ``label`` tells runs apart that go on at the same time.
    """

    def __init__(self, names: Sequence[str], *, label: str = "") -> None:
        self._names = names
        self._label = label
        self._entries: dict[str, StageReport] = {}

    async def stage(self, name: str, work: Awaitable[Result[T]]) -> T:
        """Do one stage and write down how it went; its error, if any, goes on to the caller."""
        started = time.perf_counter()
        with _tracer.start_as_current_span(f"{self._label} {name}".lstrip(), record_exception=False) as span:
            try:
                result = await work
            except BaseException as error:
                self._write(span, name, outcome_of(error), started, _detail_of(error))
                raise
            self._write(span, name, result.outcome, started, result.detail)
        return result.value

    def _write(self, span: trace.Span, name: str, outcome: StageOutcome, started: float, detail: str) -> None:
        span.set_attributes({SPAN_OUTCOME: outcome, SPAN_DETAIL: detail})
        seconds = round(time.perf_counter() - started, 3)
        self._entries[name] = StageReport(name=name, outcome=outcome, seconds=seconds, detail=detail)

    def stages(self) -> tuple[StageReport, ...]:
        """All stages, those never begun as ``not-reached``."""
        unreached = {n: StageReport(name=n, outcome="not-reached", seconds=0.0, detail="") for n in self._names}
        return tuple((unreached | self._entries).values())


def parts(count: int) -> None:
    """Say that the running stage has this many more parts to do."""
    span = trace.get_current_span()
    before = getattr(span, "attributes", None) or {}
    span.set_attribute(SPAN_PARTS, int(before.get(SPAN_PARTS, 0)) + count)


@contextmanager
def part(name: str) -> Iterator[None]:
    """Do one of the running stage's parts; each is a span below it."""
    with _tracer.start_as_current_span(name, record_exception=False, attributes={SPAN_PART: True}):
        yield


@contextmanager
def waiting(reason: str) -> Iterator[None]:
    """Wait for something, and say for what; it is a span below the running stage."""
    with _tracer.start_as_current_span(reason, record_exception=False, attributes={SPAN_WAIT: True}):
        yield


def _detail_of(error: BaseException) -> str:
    if isinstance(error, PipelineError):
        return error.message.partition("\n")[0]
    return "interrupted" if isinstance(error, anyio.get_cancelled_exc_class()) else type(error).__name__
