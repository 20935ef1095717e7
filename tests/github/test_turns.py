"""One run of a tag at a time pushes, whoever else wants to, dies, or is told nothing."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from dagger import dag
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pipeline import journal
from pipeline.demo.github import GitHubDouble
from pipeline.demo.github.faults import Fault
from pipeline.demo.github.store import Asset as Attached
from pipeline.demo.github.store import Release
from pipeline.demo.monorepo import Monorepo
from pipeline.errors import BuildFailed, GithubUnavailable, NotAuthorized
from pipeline.github import claim
from pipeline.github.api import Github
from pipeline.github.claim import Claim, Held
from pipeline.github.drafts import Election
from pipeline.github.publishing import Plan
from pipeline.github.releases import RECORD, Asset
from pipeline.github.turns import Turns
from pipeline.runtime import alive, limits
from pipeline.runtime.concurrency import together
from pipeline.runtime.credentials import Credential
from pipeline.runtime.limits import Limits
from pipeline.tag import Tag
from tests.site import local_session

pytestmark = pytest.mark.anyio

TAG = Tag.parse("vault/v0.4.0")
ELSEWHERE = "another-boot"
SOON = 10.0


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Fail what takes longer than it may."""
    with anyio.fail_after(seconds):
        yield


@dataclass
class Place:
    """A tag of a registry: who pushes last has it, and nobody is told what was there before."""

    there: str | None = None
    at_once: int = 0
    most_at_once: int = 0
    pushes: list[str] = field(default_factory=list)
    checks: int = 0
    hurry: anyio.Event = field(default_factory=anyio.Event)
    began: anyio.Event = field(default_factory=anyio.Event)
    ended: anyio.Event = field(default_factory=anyio.Event)

    async def look(self) -> str | None:
        await anyio.lowlevel.checkpoint()
        return self.there

    async def check(self) -> None:
        """Whether it may still be pushed to."""
        self.checks += 1
        await anyio.lowlevel.checkpoint()

    async def push(self, what: str) -> str:
        """As `pipeline.image.registry.push`: look, push, look."""
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.began.set()
        try:
            if self.there is None:
                await self.hurry.wait()
                self.pushes.append(what)
                self.there = what
            return self.there
        finally:
            self.at_once -= 1
            self.ended.set()


@dataclass(frozen=True)
class Hub:
    """The GitHub of one test."""

    double: GitHubDouble
    name: str
    commit: str
    folder: Path
    token: str = "ghp_turns"

    @property
    def github(self) -> Github:
        return Github(api=self.double.url, repository=self.name, credential=Credential(dag.set_secret("t", self.token)))

    def turns(self) -> Turns:
        """Those of a new run."""
        return Turns(self.github, TAG)

    def push(self, place: Place, what: str, turns: Turns | None = None, *, is_last: bool = False) -> Awaitable[str]:
        """A run that wants to push."""
        return (turns or self.turns()).push(
            self.commit, partial(place.push, what), otherwise=place.look, after_waiting=place.check, is_last=is_last
        )

    async def take(self, *, run: str = "another", machine: str = ELSEWHERE) -> Held:
        """Claim the tag as a run would that is never heard of again."""
        mine = Claim(tag=TAG, commit=self.commit, run=run, machine=machine)
        held = await self.github.call(partial(claim.take, claim=mine, election=Election()))
        assert isinstance(held, Held)
        return held

    def leave(self, *, label: str | None) -> Attached:
        """Leave a file in the record's place."""
        draft = self.double.add_draft(self.name, TAG.name, self.commit)
        return self.double.add_file(self.name, draft.id, RECORD, content=b"left", label=label)

    @property
    def releases(self) -> list[Release]:
        return list(self.double.store.repositories[self.name].releases.values())

    def assets(self) -> list[Attached]:
        """The files on the only release."""
        (release,) = self.releases
        return list(release.assets.values())

    def files(self) -> list[str]:
        """Their names."""
        return [asset.name for asset in self.assets()]

    def asked(self, method: str, path: str) -> int:
        """How many requests there were to a path below the repository."""
        whole = f"/repos/{self.name}{path}"
        return sum((exchange.method, exchange.path) == (method, whole) for exchange in self.double.requests)

    @property
    def lives(self) -> list[Path]:
        """What runs have left on this machine."""
        return list(self.folder.glob(f"{alive.PREFIX}*"))

    def plan(self) -> Plan:
        record = Asset(name=RECORD, content=b"{}\n", content_type="application/json")
        return Plan(tag=TAG, commit=self.commit, body="notes", latest=True, assets=(record,))


@pytest.fixture
async def hub(
    github: GitHubDouble, monorepo: Monorepo, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hub]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monorepo.tag(TAG.name)
    name = f"acme/{namespace}"
    github.add_repository(name, git_dir=monorepo.git_dir)
    github.add_token("ghp_turns", permissions={name: "push"}, hourly_requests=100_000)
    limits.use(Limits(attempts=4, first_wait=0.005, longest_wait=0.02, claim=60))
    async with local_session(tmp_path / "cache"):
        yield Hub(github, name, monorepo.head, tmp_path)
    github.heal()
    limits.use(Limits())


@pytest.fixture
def place() -> Place:
    return Place()


async def test_a_run_alone_leaves_a_draft_for_the_release(hub: Hub, place: Place) -> None:
    place.hurry.set()
    assert await hub.push(place, "a") == "a"
    (draft,) = hub.releases
    assert place.checks == 0
    assert (draft.draft, draft.target_commitish, draft.assets) == (True, hub.commit, {})
    assert hub.lives == []


async def test_a_run_that_no_release_follows_leaves_nothing(hub: Hub, place: Place) -> None:
    place.hurry.set()
    await hub.push(place, "a", is_last=True)
    assert hub.releases == []


async def test_a_second_run_waits_and_takes_what_is_there(hub: Hub, place: Place) -> None:
    async with anyio.create_task_group() as tasks, within(SOON):
        tasks.start_soon(_get, hub.push(place, "a"))
        await place.began.wait()
        assert hub.files() == [RECORD]
        async with _beside(hub.push(place, "b")) as second:
            await _polled(hub)
            assert place.pushes == []
            place.hurry.set()
        assert second == ["a"]
    assert (place.pushes, place.most_at_once) == (["a"], 1)


async def test_who_has_waited_checks_again_before_it_pushes(hub: Hub, place: Place) -> None:
    place.hurry.set()
    held = await hub.take()
    async with within(SOON), _beside(hub.push(place, "b")):
        await _polled(hub)
        assert place.checks == 0
        await hub.github.call(partial(claim.remove, file=held.file))
    assert (place.pushes, place.checks) == (["b"], 1)


async def test_waiting_is_told_once(hub: Hub, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    provider, spans = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(journal, "_tracer", provider.get_tracer("pipeline"))
    await hub.take()
    (taken,) = hub.assets()
    async with within(SOON), _beside(hub.push(place, "b")):
        await _polled(hub, times=5)
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


@pytest.mark.parametrize("runs", [2, 8])
async def test_many_runs_at_once_push_once(hub: Hub, place: Place, runs: int) -> None:
    place.hurry.set()
    async with within(60):
        ends = await together([partial(_get, hub.push(place, str(run))) for run in range(runs)])
    assert place.most_at_once == 1
    assert set(ends) == set(place.pushes) == {place.there}


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
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.8))
    async with anyio.create_task_group() as tasks, within(SOON):
        tasks.start_soon(_get, hub.push(place, "a"))
        await place.began.wait()
        with anyio.move_on_after(2):
            await hub.push(place, "b")
        assert (place.pushes, place.at_once) == ([], 1)
        place.hurry.set()
    assert (place.there, place.most_at_once) == ("a", 1)


async def test_a_slow_registry_is_not_another_runs_silence(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.8))
    looks = 0

    async def look_slowly() -> str | None:
        nonlocal looks
        looks += 1
        # Two looks at the claim that see one sign of life, then the registry's silence.
        await anyio.sleep(1.2 if looks == 2 else 0)
        return place.there

    async with anyio.create_task_group() as tasks, within(SOON):
        tasks.start_soon(_get, hub.push(place, "a"))
        await place.began.wait()
        (claimed,) = hub.assets()
        with anyio.move_on_after(2):
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
        ends = await together([partial(_get, hub.push(place, str(run))) for run in range(4)])
    assert place.most_at_once == 1
    assert set(ends) == set(place.pushes) == {place.there}


async def test_a_claim_whose_answer_was_lost_is_this_runs(hub: Hub, place: Place) -> None:
    place.hurry.set()
    lost = hub.double.interfere(Fault(method="POST", path=f"/repos/{hub.name}/*/assets", when="after", reset=True))
    async with within(SOON):
        assert await hub.push(place, "a") == "a"
    assert lost.hits == 1
    assert hub.files() == []


@pytest.mark.parametrize("made_before", [False, True])
async def test_a_failed_push_takes_its_empty_draft_along(hub: Hub, place: Place, made_before: bool) -> None:
    if made_before:
        held = await hub.take()
        await hub.github.call(partial(claim.remove, file=held.file))

    async def fail() -> str:
        assert hub.files() == [RECORD]
        raise BuildFailed("It did not.", next="Mend it.")

    with pytest.raises(BuildFailed):
        await hub.turns().push(hub.commit, fail, otherwise=place.look, after_waiting=place.check, is_last=False)
    assert (hub.releases, hub.lives) == ([], [])


async def test_a_failed_push_leaves_a_draft_that_somebody_wrote_to(hub: Hub, place: Place) -> None:
    async def fail() -> str:
        raise BuildFailed("It did not.", next="Mend it.")

    begun = hub.double.add_draft(hub.name, TAG.name, hub.commit)
    with pytest.raises(BuildFailed):
        await hub.turns().push(hub.commit, fail, otherwise=place.look, after_waiting=place.check, is_last=False)
    assert (hub.releases, hub.files()) == ([begun], [])


async def test_whatever_fails_under_a_claim_gives_it_back(
    hub: Hub, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(place: str) -> None:
        raise OSError(place)

    monkeypatch.setattr(alive, "sweep", fail)
    with pytest.raises(OSError, match=TAG.name):
        await hub.push(place, "a")
    assert (hub.releases, hub.lives) == ([], [])


async def test_an_interrupted_push_gives_its_claim_back(hub: Hub, place: Place) -> None:
    async with within(SOON), anyio.create_task_group() as tasks:
        tasks.start_soon(_get, hub.push(place, "a"))
        await place.began.wait()
        tasks.cancel_scope.cancel()
    assert (hub.releases, hub.lives) == ([], [])


async def test_a_run_whose_draft_goes_elects_another(hub: Hub, place: Place) -> None:
    held = await hub.take()
    place.hurry.set()
    async with within(SOON), _beside(hub.push(place, "b")) as second:
        await _polled(hub)
        await hub.github.call(partial(claim.abandon, held=held))
    assert second == ["b"]
    (draft,) = hub.releases
    assert draft.id != held.draft


async def test_a_draft_that_no_list_shows_yet_is_the_one(hub: Hub, place: Place) -> None:
    place.hurry.set()
    hub.double.store.repositories[hub.name].list_lag = 9
    hub.double.interfere(Fault(method="POST", path=f"/repos/{hub.name}/*/assets", status=500))
    turns = hub.turns()
    async with within(SOON):
        assert await hub.push(place, "a", turns) == "a"
        await turns.publish(hub.plan())
    (release,) = hub.releases
    assert not release.draft
    assert hub.asked("POST", "/releases") == 1


async def test_an_older_draft_that_is_listed_late_is_gone_on_with(hub: Hub, place: Place) -> None:
    older = hub.double.add_draft(hub.name, TAG.name, hub.commit)
    older.unlisted = 1
    async with within(SOON), _beside(hub.push(place, "a")):
        await place.began.wait()
        assert hub.asked("POST", "/releases") == 1
        assert hub.releases == [older]
        assert hub.files() == [RECORD]
        place.hurry.set()


async def test_an_older_draft_that_is_listed_late_becomes_the_release(hub: Hub) -> None:
    older = hub.double.add_draft(hub.name, TAG.name, hub.commit)
    older.unlisted = 1
    async with within(SOON):
        await hub.turns().publish(hub.plan())
    assert [(release.id, release.draft) for release in hub.releases] == [(older.id, False)]


async def test_a_release_lists_all_releases_three_times(hub: Hub, place: Place) -> None:
    place.hurry.set()
    turns = hub.turns()
    await hub.push(place, "a", turns)
    await turns.publish(hub.plan())
    assert hub.asked("GET", "/releases") == 3


async def test_a_claim_that_cannot_be_given_back_fails_nothing(hub: Hub, place: Place) -> None:
    place.hurry.set()
    limits.use(Limits(attempts=2, first_wait=0.005, longest_wait=0.02, claim=60))
    hub.double.interfere(Fault(method="DELETE", status=500, times=99))
    turns = hub.turns()
    assert await hub.push(place, "a", turns) == "a"
    assert hub.files() == [RECORD]
    hub.double.heal()
    # The next run, which also publishes, finds that nobody holds it.
    async with within(SOON):
        await hub.turns().publish(hub.plan())
    (release,) = hub.releases
    assert not release.draft
    assert [asset.content for asset in release.assets.values()] == [b"{}\n"]


async def test_a_run_knows_its_own_claim_where_no_boot_can_be_told(
    hub: Hub, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alive, "BOOT_ID", hub.folder / "none")
    limits.use(Limits(attempts=2, first_wait=0.005, longest_wait=0.02, claim=60))
    place.hurry.set()
    hub.double.interfere(Fault(method="DELETE", status=500, times=99))
    turns = hub.turns()
    await hub.push(place, "a", turns)
    hub.double.heal()
    async with within(SOON):
        await turns.publish(hub.plan())
    assert [asset.content for asset in hub.assets()] == [b"{}\n"]


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
    assert failed.value.message == "The draft release of vault/v0.4.0 was gone or changed at every look for 0 seconds."


async def test_a_run_that_lost_its_claim_ends_its_push_and_begins_again(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.4))
    async with within(SOON), _beside(hub.push(place, "a")) as first:
        await place.began.wait()
        (draft,) = hub.releases
        (file,) = draft.assets
        await hub.github.call(partial(claim.remove, file=file))
        await hub.take()
        place.there = "the other's"
    assert first == ["the other's"]
    assert place.pushes == []


@pytest.mark.parametrize("fault", [{"status": 500}, {"delay": 60.0}], ids=["refused", "unanswered"])
async def test_a_run_that_cannot_be_heard_stops_before_it_is_taken_for_dead(
    hub: Hub, place: Place, fault: dict[str, Any]
) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=2))
    hub.double.interfere(Fault(method="PATCH", times=99, **fault))
    async with within(SOON), _beside(hub.push(place, "a")) as first:
        await place.began.wait()
        began = anyio.current_time()
        await place.ended.wait()
        assert anyio.current_time() - began < 2
        place.hurry.set()
    assert first == ["a"]
    assert (place.pushes, place.most_at_once) == (["a"], 1)
    assert hub.assets() == []


async def test_a_sign_that_is_refused_fails_no_push(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=1.2))
    refused = hub.double.interfere(Fault(method="PATCH", status=403, body={"message": "Not now"}))
    async with within(SOON), _beside(hub.push(place, "a")) as first:
        (claimed,) = await _claimed(hub)
        while claimed.label is None or not claimed.label.endswith(" 3"):
            await anyio.sleep(0.01)
        place.hurry.set()
    assert (first, refused.hits) == (["a"], 1)


async def test_a_claim_of_a_turn_before_is_made_anew(hub: Hub) -> None:
    held = await hub.take()
    assert (await hub.take()).file > held.file
    assert len(hub.files()) == 1


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


async def test_publishing_waits_for_a_push(hub: Hub, place: Place) -> None:
    held = await hub.take()
    turns = hub.turns()
    async with within(SOON), _beside(turns.publish(hub.plan())) as made:
        await _polled(hub)
        assert [release.draft for release in hub.releases] == [True]
        await hub.github.call(partial(claim.remove, file=held.file))
    assert made
    (release,) = hub.releases
    assert [asset.content for asset in release.assets.values()] == [b"{}\n"]


async def test_a_claim_that_comes_in_between_is_not_published(hub: Hub, place: Place) -> None:
    """Another run claims the tag when the record is about to be attached."""
    place.hurry.set()
    turns = hub.turns()
    await hub.push(place, "a", turns)
    slow = hub.double.interfere(Fault(method="POST", path=f"/repos/{hub.name}/*/assets", delay=0.5))
    async with within(SOON), _beside(turns.publish(hub.plan())):
        while not slow.hits:
            await anyio.sleep(0.01)
        held = await hub.take()
        assert hub.files() == [RECORD]
        await _polled(hub)
        await hub.github.call(partial(claim.remove, file=held.file))
    (release,) = hub.releases
    assert [asset.content for asset in release.assets.values()] == [b"{}\n"]


async def test_a_claim_in_place_of_the_record_is_not_published(hub: Hub, place: Place) -> None:
    """Another run removes the record that was just attached, and claims the tag."""
    turns = hub.turns()
    slow = hub.double.interfere(Fault(method="POST", path=f"/repos/{hub.name}/*/assets", delay=0.3, when="after"))
    async with within(SOON), _beside(turns.publish(hub.plan())):
        while not (slow.hits and hub.files()):
            await anyio.sleep(0.01)
        (draft,) = hub.releases
        draft.assets.clear()
        held = await hub.take()
        await _polled(hub, times=5)
        assert draft.draft
        await hub.github.call(partial(claim.remove, file=held.file))
    (release,) = hub.releases
    assert (release.draft, [asset.content for asset in release.assets.values()]) == (False, [b"{}\n"])


async def test_no_release_is_published_without_its_record(hub: Hub) -> None:
    slow = hub.double.interfere(Fault(method="POST", path=f"/repos/{hub.name}/*/assets", delay=0.3, when="after"))
    async with within(SOON), _beside(hub.turns().publish(hub.plan())):
        while not (slow.hits and hub.files()):
            await anyio.sleep(0.01)
        hub.releases[0].assets.clear()
    writes = [exchange for exchange in hub.double.requests if f"/{hub.name}/releases" in exchange.path]
    assert [exchange.method for exchange in writes if exchange.method != "GET"] == ["POST", "POST", "POST", "PATCH"]


async def test_publishing_waits_for_a_claim_it_cannot_read(hub: Hub) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.5))
    left = hub.leave(label="claim of a later form")
    with anyio.move_on_after(0.3):
        await hub.turns().publish(hub.plan())
    assert hub.assets() == [left]
    async with within(SOON):
        await hub.turns().publish(hub.plan())
    assert [asset.content for asset in hub.assets()] == [b"{}\n"]


async def test_nothing_claims_what_is_published(hub: Hub, place: Place) -> None:
    place.hurry.set()
    turns = hub.turns()
    await hub.push(place, "a", turns)
    await turns.publish(hub.plan())
    async with within(SOON):
        assert await hub.push(place, "b", turns) == "a"
        (published,) = hub.releases
        assert await hub.push(place, "c") == "a"
    published, draft = hub.releases
    assert (published.draft, [asset.content for asset in published.assets.values()]) == (False, [b"{}\n"])
    # Nobody would push to a tag that is published; who does all the same tidies up in publishing.
    assert draft.draft
    await turns.publish(hub.plan())
    assert hub.releases == [published]


async def test_a_token_that_may_not_write_is_told(hub: Hub, place: Place) -> None:
    hub.double.add_token("ghp_reader", permissions={hub.name: "pull"})
    reader = replace(hub, token="ghp_reader")
    with pytest.raises(NotAuthorized, match="may not do this"):
        await reader.push(place, "a")
    assert (hub.releases, hub.lives) == ([], [])


async def _get(work: Awaitable[str]) -> str:
    return await work


@asynccontextmanager
async def _beside(work: Awaitable[object]) -> AsyncIterator[list[object]]:
    """Do a work beside what is inside, and wait for both; the list has its result then."""
    results: list[object] = []

    async def do() -> None:
        results.append(await work)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(do)
        yield results


async def _claimed(hub: Hub) -> list[Attached]:
    """Wait until somebody has claimed the tag."""
    while not hub.releases or not hub.assets():
        await anyio.sleep(0.01)
    return hub.assets()


async def _polled(hub: Hub, times: int = 3) -> None:
    """Wait until somebody has looked at the draft so often."""
    before = len(hub.double.requests)
    looks: Callable[[], int] = lambda: sum(e.method == "GET" for e in hub.double.requests[before:])  # noqa: E731
    while looks() < 2 * times:
        await anyio.sleep(0.01)
