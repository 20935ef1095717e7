"""A run that may be taken for dead ends its push, and begins again."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from pipeline.artifact import Pushed
from pipeline.catalogue import Service
from pipeline.demo.git_server import GitServer
from pipeline.demo.github.faults import Fault
from pipeline.demo.monorepo import Monorepo
from pipeline.github import claim
from pipeline.request import Request
from pipeline.runtime import limits
from pipeline.runtime.credentials import Credential
from pipeline.runtime.limits import Limits
from pipeline.services.tables import ServiceTable
from pipeline.source import Source
from pipeline.stages import Found, Stages
from tests.github.hub import SOON, TAG, Hub, Place, beside, claimed, within

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class _Image:
    summary: str = "sha256:1"
    address: str = "acme/vault@sha256:1"

    def instructions(self) -> str:
        return ""


async def test_a_run_that_lost_its_claim_ends_its_push_and_begins_again(hub: Hub, place: Place) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.4))
    async with within(SOON), beside(hub.push(place, "a")) as first:
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
    async with within(SOON), beside(hub.push(place, "a")) as first:
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
    async with within(SOON), beside(hub.push(place, "a")) as first:
        await claimed(hub)
        # On a busy machine the signs that are left may come too late: another turn then begins with a claim of its own.
        while not any((file.label or "").endswith(" 3") for draft in hub.releases for file in draft.assets.values()):
            await anyio.sleep(0.01)
        place.hurry.set()
    assert (first, refused.hits) == (["a"], 1)


async def test_a_claim_of_a_turn_before_is_made_anew(hub: Hub) -> None:
    held = await hub.take()
    assert (await hub.take()).file > held.file
    assert len(hub.files()) == 1


class _Late:
    """An artifact whose first push has its effect, and does not end."""

    name = "acme/vault:v0.4.0"
    feeds_release = False

    def __init__(self) -> None:
        self.there: _Image | None = None

    async def find(self, commit: str) -> _Image | None:
        await anyio.lowlevel.checkpoint()
        return self.there

    async def push(self, built: _Image) -> Pushed[_Image]:
        if self.there is None:
            self.there = built
            await anyio.sleep_forever()
        return Pushed(self.there, by_this_run=False)


@pytest.mark.parametrize("lost", [True, False])
async def test_what_this_run_may_have_pushed_is_not_said_to_be_anothers(
    hub: Hub, git_server: GitServer, monorepo: Monorepo, lost: bool
) -> None:
    limits.use(Limits(first_wait=0.005, longest_wait=0.02, claim=0.8))
    hub.double.interfere(Fault(method="PATCH", status=500, times=99))
    nobody = Credential(None, "none is needed")
    request = Request(
        tag=TAG,
        service=Service(name="vault", table=ServiceTable(), platforms=()),
        may_be_off_main=False,
        source=Source(url=git_server.url_of(monorepo.git_dir), main="main", credential=nobody),
        github=hub.github,
    )
    artifact: Any = _Late()
    if not lost:
        artifact.there = _Image()
    stages: Stages[_Image, _Image] = Stages(request, artifact)
    async with within(SOON):
        pinned = (await stages.resolve()).value
        result = await stages.push(pinned, Found(), _Image())
    told = ("done", "sha256:1") if lost else ("already-done", "sha256:1, pushed by another run")
    assert (result.outcome, result.detail) == told
