"""A run claims its tag, and gives the claim back whatever becomes of its push."""

from dataclasses import replace
from functools import partial

import anyio
import pytest

from pipeline.demo.github.faults import Fault
from pipeline.errors import BuildFailed, NotAuthorized
from pipeline.github import claim
from pipeline.github.releases import RECORD
from pipeline.runtime import alive, limits
from pipeline.runtime.concurrency import together
from pipeline.runtime.limits import Limits
from tests.github.hub import SOON, TAG, Hub, Place, beside, get, within

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize("runs", [2, 8])
async def test_many_runs_at_once_push_once(hub: Hub, place: Place, runs: int) -> None:
    place.hurry.set()
    async with within(60):
        ends = await together([partial(get, hub.push(place, str(run))) for run in range(runs)])
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
        tasks.start_soon(get, hub.push(place, "a"))
        await place.began.wait()
        tasks.cancel_scope.cancel()
    assert (hub.releases, hub.lives) == ([], [])


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
    async with within(SOON), beside(hub.push(place, "a")):
        await place.began.wait()
        assert hub.asked("POST", "/releases") == 1
        assert hub.releases == [older]
        assert hub.files() == [RECORD]
        place.hurry.set()


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


async def test_a_token_that_may_not_write_is_told(hub: Hub, place: Place) -> None:
    hub.double.add_token("ghp_reader", permissions={hub.name: "pull"})
    reader = replace(hub, token="ghp_reader")
    with pytest.raises(NotAuthorized, match="may not do this"):
        await reader.push(place, "a")
    assert (hub.releases, hub.lives) == ([], [])
