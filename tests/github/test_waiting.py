"""One run of a tag at a time pushes; the others wait, for as long as it may live."""

import re
from functools import partial

import anyio
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline import journal
from pipeline.demo.github.faults import Fault
from pipeline.errors import GithubUnavailable
from pipeline.github import claim
from pipeline.github.releases import RECORD
from pipeline.runtime import alive, limits
from pipeline.runtime.concurrency import together
from pipeline.runtime.limits import Limits
from tests.github.hub import SOON, TAG, Hub, Place, beside, get, polled, within

pytestmark = pytest.mark.anyio


async def test_a_second_run_waits_and_takes_what_is_there(hub: Hub, place: Place) -> None:
    async with anyio.create_task_group() as tasks, within(SOON):
        tasks.start_soon(get, hub.push(place, "a"))
        await place.began.wait()
        assert hub.files() == [RECORD]
        async with beside(hub.push(place, "b")) as second:
            await polled(hub)
            assert place.pushes == []
            place.hurry.set()
        assert second == ["a"]
    assert (place.pushes, place.most_at_once) == (["a"], 1)


async def test_who_has_waited_checks_again_before_it_pushes(hub: Hub, place: Place) -> None:
    place.hurry.set()
    held = await hub.take()
    async with within(SOON), beside(hub.push(place, "b")):
        await polled(hub)
        assert place.checks == 0
        await hub.github.call(partial(claim.remove, file=held.file))
    assert (place.pushes, place.checks) == (["b"], 1)


async def test_waiting_is_told_once(hub: Hub, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    provider, spans = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(journal, "_tracer", provider.get_tracer("pipeline"))
    await hub.take()
    (taken,) = hub.assets()
    async with within(SOON), beside(hub.push(place, "b")):
        await polled(hub, times=5)
        place.there = "a"
    told = [span.name for span in spans.get_finished_spans() if journal.SPAN_WAIT in (span.attributes or {})]
    page = f"{hub.github.web}/releases/tag/untagged-{hub.releases[0].id:020x}"
    assert told == [
        f"another run is pushing vault/v0.4.0, since {taken.created_at:%Y-%m-%d %H:%M:%S} UTC: waiting for its end "
        f"(its claim is release.json of {page})"
    ]


async def test_what_is_there_is_taken_from_under_a_claim(hub: Hub, place: Place) -> None:
    await hub.take()
    place.there = "a"
    async with within(SOON):
        assert await hub.push(place, "b") == "a"
    assert place.pushes == []
    assert hub.files() == [RECORD]


async def test_a_silent_run_is_waited_for_and_then_no_more(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.5))
    place.hurry.set()
    await hub.take()
    with anyio.move_on_after(0.3):
        await hub.push(place, "too early")
    assert place.pushes == []
    async with within(SOON):
        assert await hub.push(place, "b") == "b"
    assert hub.files() == []


async def test_a_run_that_shows_signs_of_life_is_waited_for(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=3))
    async with anyio.create_task_group() as tasks, within(SOON):
        tasks.start_soon(get, hub.push(place, "a"))
        await place.began.wait()
        with anyio.move_on_after(4.5):
            await hub.push(place, "b")
        assert (place.pushes, place.at_once) == ([], 1)
        place.hurry.set()
    assert (place.there, place.most_at_once) == ("a", 1)


async def test_a_slow_registry_is_not_another_runs_silence(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=3))
    looks = 0

    async def look_slowly() -> str | None:
        nonlocal looks
        looks += 1
        # Two looks at the claim that see one sign of life, then the registry's silence.
        await anyio.sleep(4 if looks == 2 else 0)
        return place.there

    async with anyio.create_task_group() as tasks, within(SOON):
        tasks.start_soon(get, hub.push(place, "a"))
        await place.began.wait()
        (claimed,) = hub.assets()
        with anyio.move_on_after(5.5):
            await hub.turns().push(
                hub.commit, partial(place.push, "b"), otherwise=look_slowly, after_waiting=place.check, is_last=False
            )
        assert looks > 2
        assert hub.assets() == [claimed]
        place.hurry.set()


async def test_a_run_that_died_on_this_machine_is_not_waited_for(hub: Hub, place: Place) -> None:
    place.hurry.set()
    with alive.shown(f"{hub.github.api} {hub.name} {TAG}") as life:
        await hub.take(run=life.run, machine=life.machine)
        with anyio.move_on_after(0.3):
            await hub.push(place, "too early")
        assert place.pushes == []
    async with within(SOON):
        assert await hub.push(place, "b") == "b"
    assert hub.lives == []


async def test_runs_that_take_over_at_once_push_once(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.4))
    place.hurry.set()
    await hub.take()
    async with within(30):
        ends = await together([partial(get, hub.push(place, str(run))) for run in range(4)])
    assert place.most_at_once == 1
    assert set(ends) == set(place.pushes) == {place.there}


async def test_a_run_whose_draft_goes_elects_another(hub: Hub, place: Place) -> None:
    held = await hub.take()
    place.hurry.set()
    async with within(SOON), beside(hub.push(place, "b")) as second:
        await polled(hub)
        await hub.github.call(partial(claim.abandon, held=held))
    assert second == ["b"]
    (draft,) = hub.releases
    assert draft.id != held.draft


async def test_a_claim_is_looked_at_ever_less_often(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=12))
    await hub.take()
    before = len(hub.double.requests)
    with anyio.move_on_after(1.5):
        await hub.push(place, "a")
    assert 5 < len(hub.double.requests) - before < 20


async def test_a_claim_that_nobody_sees_and_nobody_may_make_is_an_error(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.3))
    body = {"message": "Validation Failed", "errors": [{"resource": "ReleaseAsset", "code": "already_exists"}]}
    hub.double.interfere(Fault(method="POST", path=f"/repos/{hub.name}/*/assets", status=422, body=body, times=1000))
    async with within(SOON):
        with pytest.raises(GithubUnavailable) as failed:
            await hub.push(place, "a")
    said = r"The draft release of vault/v0\.4\.0 was gone or changed at every look for \d seconds\."
    assert re.fullmatch(said, failed.value.message)


@pytest.mark.parametrize("label", [None, "", "claim of a later form"], ids=["record", "empty", "unreadable"])
async def test_what_stands_for_nothing_gives_way_as_late_as_a_claim(hub: Hub, place: Place, label: str | None) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.5))
    place.hurry.set()
    left = hub.leave(label=label)
    with anyio.move_on_after(0.3):
        await hub.push(place, "too early")
    assert (hub.assets(), place.pushes) == ([left], [])
    async with within(SOON):
        assert await hub.push(place, "b") == "b"
    assert hub.assets() == []
