"""Nothing is published while a run pushes, nor without its record."""

from functools import partial

import anyio
import pytest

from pipeline.demo.github.faults import Fault
from pipeline.errors import GithubUnavailable
from pipeline.github import claim
from pipeline.github.releases import RECORD
from pipeline.runtime import limits, locks
from pipeline.runtime.limits import Limits
from tests.github.hub import SOON, TAG, Hub, Place, beside, polled, within

pytestmark = pytest.mark.anyio


async def test_an_older_draft_that_is_listed_late_becomes_the_release(hub: Hub) -> None:
    older = hub.double.add_draft(hub.name, TAG.name, hub.commit)
    older.unlisted = 1
    async with within(SOON):
        await hub.turns().publish(hub.plan())
    assert [(release.id, release.draft) for release in hub.releases] == [(older.id, False)]


async def test_a_release_lists_all_releases_twice(hub: Hub, place: Place) -> None:
    place.hurry.set()
    turns = hub.turns()
    await hub.push(place, "a", turns)
    await turns.publish(hub.plan())
    assert hub.asked("GET", "/releases") == 2


async def test_a_run_knows_its_own_claim_where_no_boot_can_be_told(
    hub: Hub, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "boot_id", str)
    limits.use(Limits(attempts=2, first_wait=0.005, longest_wait=0.02, claim=60))
    place.hurry.set()
    hub.double.interfere(Fault(method="DELETE", status=500, times=99))
    turns = hub.turns()
    await hub.push(place, "a", turns)
    hub.double.heal()
    async with within(SOON):
        await turns.publish(hub.plan())
    assert [asset.content for asset in hub.assets()] == [b"{}\n"]


async def test_publishing_waits_for_a_push(hub: Hub, place: Place) -> None:
    held = await hub.take()
    turns = hub.turns()
    async with within(SOON), beside(turns.publish(hub.plan())) as made:
        await polled(hub)
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
    async with within(SOON), beside(turns.publish(hub.plan())):
        while not slow.hits:
            await anyio.sleep(0.01)
        held = await hub.take()
        assert hub.files() == [RECORD]
        await polled(hub)
        await hub.github.call(partial(claim.remove, file=held.file))
    (release,) = hub.releases
    assert [asset.content for asset in release.assets.values()] == [b"{}\n"]


async def test_a_claim_in_place_of_the_record_is_not_published(hub: Hub, place: Place) -> None:
    """Another run removes the record that was just attached, and claims the tag."""
    turns = hub.turns()
    slow = hub.double.interfere(Fault(method="POST", path=f"/repos/{hub.name}/*/assets", delay=0.3, when="after"))
    async with within(SOON), beside(turns.publish(hub.plan())):
        while not (slow.hits and hub.files()):
            await anyio.sleep(0.01)
        (draft,) = hub.releases
        draft.assets.clear()
        held = await hub.take()
        await polled(hub, times=5)
        assert draft.draft
        await hub.github.call(partial(claim.remove, file=held.file))
    (release,) = hub.releases
    assert (release.draft, [asset.content for asset in release.assets.values()]) == (False, [b"{}\n"])


async def test_no_release_is_published_without_its_record(hub: Hub) -> None:
    slow = hub.double.interfere(Fault(method="POST", path=f"/repos/{hub.name}/*/assets", delay=0.3, when="after"))
    async with within(SOON), beside(hub.turns().publish(hub.plan())):
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
        late = hub.turns()
        assert await hub.push(place, "c", late) == "a"
    published, draft = hub.releases
    assert (published.draft, [asset.content for asset in published.assets.values()]) == (False, [b"{}\n"])
    # Nobody would push to a tag that is published; who does all the same tidies up in publishing.
    assert draft.draft
    await late.publish(hub.plan())
    assert hub.releases == [published]


@pytest.mark.parametrize(("tells_digests", "left_is_kept"), [(True, False), (False, True)])
async def test_a_file_without_a_digest_is_taken_by_its_size(hub: Hub, tells_digests: bool, left_is_kept: bool) -> None:
    hub.double.store.repositories[hub.name].tells_digests = tells_digests
    left = hub.leave(label=None, content=b"[]\n")
    async with within(SOON):
        await hub.turns().publish(hub.plan())
    (release,) = hub.releases
    assert (release.draft, hub.assets() == [left]) == (False, left_is_kept)


async def test_a_release_without_digests_is_made(hub: Hub, place: Place) -> None:
    hub.double.store.repositories[hub.name].tells_digests = False
    place.hurry.set()
    turns = hub.turns()
    async with within(SOON):
        await hub.push(place, "a", turns)
        made = await turns.publish(hub.plan())
    assert made.assets == {RECORD}
    assert not made.files


async def test_a_record_that_never_is_this_runs_is_an_error(hub: Hub) -> None:
    """Another run, of another pipeline, puts its own record there again and again."""
    done = anyio.Event()

    async def spoil() -> None:
        while not done.is_set():
            for asset in hub.assets() if hub.releases else ():
                asset.content = b"another"
            await anyio.sleep(0.005)

    hub.double.interfere(Fault(method="GET", path=f"/repos/{hub.name}/releases/*/assets", delay=0.1, times=99))
    async with within(SOON), anyio.create_task_group() as tasks:
        tasks.start_soon(spoil)
        with pytest.raises(GithubUnavailable, match="Something else changed"):
            await hub.turns().publish(hub.plan())
        done.set()
    assert [release.draft for release in hub.releases] == [True]
