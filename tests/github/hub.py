"""A GitHub and a registry for runs of one tag, and runs that want to push."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import anyio
import anyio.lowlevel
from dagger import dag

from pipeline.demo.github import GitHubDouble
from pipeline.demo.github.store import Asset as Attached
from pipeline.demo.github.store import Release
from pipeline.github import claim
from pipeline.github.api import Github
from pipeline.github.claim import Claim, Held
from pipeline.github.drafts import Election
from pipeline.github.publishing import Plan
from pipeline.github.releases import RECORD, Asset
from pipeline.github.turns import Turns
from pipeline.runtime import alive
from pipeline.runtime.credentials import Credential
from pipeline.tag import Tag

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

    def leave(self, *, label: str | None, content: bytes = b"left") -> Attached:
        """Leave a file in the record's place."""
        draft = self.double.add_draft(self.name, TAG.name, self.commit)
        return self.double.add_file(self.name, draft.id, RECORD, content=content, label=label)

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


async def get(work: Awaitable[str]) -> str:
    return await work


@asynccontextmanager
async def beside(work: Awaitable[object]) -> AsyncIterator[list[object]]:
    """Do a work beside what is inside, and wait for both; the list has its result then."""
    results: list[object] = []

    async def do() -> None:
        results.append(await work)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(do)
        yield results


async def claimed(hub: Hub) -> list[Attached]:
    """Wait until somebody has claimed the tag."""
    while not hub.releases or not hub.assets():
        await anyio.sleep(0.01)
    return hub.assets()


async def polled(hub: Hub, times: int = 3) -> None:
    """Wait until somebody has looked at the draft so often."""
    before = len(hub.double.requests)
    looks: Callable[[], int] = lambda: sum(e.method == "GET" for e in hub.double.requests[before:])  # noqa: E731
    while looks() < 2 * times:
        await anyio.sleep(0.01)
