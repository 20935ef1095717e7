"""The journal of a run: every stage is timed, kept and traced, however it ends."""

import anyio
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline import journal
from pipeline.errors import BadTag, NotOnMain, RegistryUnavailable
from pipeline.journal import SPAN_DETAIL, SPAN_OUTCOME, Journal, Result

pytestmark = pytest.mark.anyio


async def result(outcome: str = "done") -> Result[int]:
    return Result(7, "found", outcome)  # type: ignore[arg-type]


async def failing(error: BaseException) -> Result[int]:
    raise error


async def test_a_stage_hands_on_its_value_and_is_written_down() -> None:
    run = Journal(["one", "two"])
    assert await run.stage("one", result("already-done")) == 7
    one, two = run.stages()
    assert (one.name, one.outcome, one.detail) == ("one", "already-done", "found")
    assert (two.name, two.outcome, two.seconds, two.detail) == ("two", "not-reached", 0.0, "")


@pytest.mark.parametrize(
    ("error", "outcome", "detail"),
    [
        (NotOnMain("It is off main.\nMore.", next="Merge it."), "refused", "It is off main."),
        (BadTag("It is no tag.", next="Mend it."), "refused", "It is no tag."),
        (RegistryUnavailable("No answer.", next="Wait."), "failed", "No answer."),
        (KeyError("x"), "failed", "KeyError"),
    ],
)
async def test_a_stage_that_raises_is_written_down_and_raises(error: Exception, outcome: str, detail: str) -> None:
    run = Journal(["one", "two"])
    with pytest.raises(type(error)) as raised:
        await run.stage("one", failing(error))
    assert raised.value is error
    assert [(stage.outcome, stage.detail) for stage in run.stages()] == [(outcome, detail), ("not-reached", "")]


async def test_a_stage_that_is_cancelled_is_written_down() -> None:
    run = Journal(["one"])
    with anyio.move_on_after(0):
        await run.stage("one", failing_never())
    assert [stage.outcome for stage in run.stages()] == ["failed"]


async def failing_never() -> Result[None]:
    await anyio.sleep_forever()
    raise AssertionError


async def test_a_stage_takes_as_long_as_it_takes() -> None:
    async def slow() -> Result[None]:
        await anyio.sleep(0.05)
        return Result(None, "")

    run = Journal(["one"])
    await run.stage("one", slow())
    assert 0.05 <= run.stages()[0].seconds < 5


async def test_every_stage_is_a_span_with_its_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(journal, "_tracer", provider.get_tracer("pipeline"))
    run = Journal(["one", "two"])
    await run.stage("one", result())
    with pytest.raises(NotOnMain):
        await run.stage("two", failing(NotOnMain("Off main.", next="Merge.")))
    found = [(span.name, dict(span.attributes or {})) for span in spans.get_finished_spans()]
    assert found == [
        ("one", {SPAN_OUTCOME: "done", SPAN_DETAIL: "found"}),
        ("two", {SPAN_OUTCOME: "refused", SPAN_DETAIL: "Off main."}),
    ]
