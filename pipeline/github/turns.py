"""Runs of one tag taking turns: one at a time pushes, and none publishes while another pushes."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Any, TypeVar

import anyio

from pipeline.errors import NotAuthorized, PipelineError
from pipeline.github import claim, publishing
from pipeline.github.api import Github
from pipeline.github.claim import Again, Claim, Held, Lost, Taken, Waiting
from pipeline.github.drafts import Election
from pipeline.github.patience import Patience
from pipeline.github.publishing import Plan
from pipeline.github.releases import Release
from pipeline.runtime import alive, limits
from pipeline.runtime.alive import Life
from pipeline.runtime.concurrency import watched
from pipeline.tag import Tag

T = TypeVar("T")

SIGNS = 4
"""Signs of life within `Limits.claim`."""


class Turns:
    """One run's turns at a tag; they remember the draft that all its runs work on.

    ``lost`` is whether a turn has been taken over: whose it is what is there since then cannot be told.
    """

    def __init__(self, github: Github, tag: Tag) -> None:
        self._github = github
        self._tag = tag
        self._place = f"{github.api} {github.repository} {tag}"
        self._election = Election()
        self._left: int | None = None
        self.lost = False

    async def push(
        self,
        commit: str,
        push: Callable[[], Awaitable[T]],
        *,
        otherwise: Callable[[], Awaitable[T | None]],
        after_waiting: Callable[[], Awaitable[object]],
        is_last: bool,
    ) -> T:
        """Do ``push`` while no other run does. While one does, wait, and take what ``otherwise`` finds.

        What a run before this one pushed is not looked for ahead of ``push``, which has to do that itself;
        ``after_waiting`` comes ahead of it where this run has waited. With ``is_last`` no release follows, and no draft
        stays for it.
        """
        patience, work = self._patience(), push

        async def checked() -> T:
            await after_waiting()
            return await push()

        with alive.shown(self._place) as life:
            mine = Claim(tag=self._tag, commit=commit, run=life.run, machine=life.machine)
            while True:
                looked = anyio.current_time()
                there = await self._take(mine, life)
                if isinstance(there, Held):
                    with suppress(Lost):
                        watch = partial(self._show_signs, mine, there, looked)
                        return await self._hold(there, work, watch, life, is_last=is_last)
                    self.lost = True
                else:
                    patience.saw(there, looked)
                    if found := await otherwise():
                        return found
                    await patience.wait(there)
                work = checked

    async def publish(self, plan: Plan) -> Release:
        """See `pipeline.github.publishing.publish`; what a push under way has on the draft is waited for."""
        patience = self._patience()
        while True:
            looked = anyio.current_time()
            try:
                made = await self._github.call(partial(publishing.publish, plan=plan, election=self._election))
            except Waiting as other:
                patience.saw(other.taken, looked)
                await patience.wait(other.taken)
            else:
                self.end()
                return made

    def end(self) -> None:
        """Remove what dead runs of the tag have left on this machine: once it is published, nobody waits for one."""
        alive.sweep(self._place)

    async def _take(self, mine: Claim, life: Life) -> Held | Taken | Again:
        """Try to claim the tag. A claim whose answer never came is a dead run's, for all that others can see."""
        life.over = False
        try:
            there = await self._github.call(partial(claim.take, claim=mine, election=self._election))
        except PipelineError as error:
            life.over = isinstance(error, NotAuthorized)
            raise
        life.over = not isinstance(there, Held)
        return there

    async def _hold(
        self,
        held: Held,
        push: Callable[[], Awaitable[T]],
        watch: Callable[[], Coroutine[Any, Any, None]],
        life: Life,
        *,
        is_last: bool,
    ) -> T:
        give_back = partial(claim.abandon, held=held)
        try:
            # Whoever was here before has no claim any more, and whoever waits asks only for this run.
            alive.sweep(self._place)
            pushed = await watched(push, watch)
            if not is_last:
                give_back = partial(claim.remove, file=held.file)
            return pushed
        finally:
            # Whatever becomes of it hides no error, and fails no push: a claim that stays ends by itself.
            with anyio.move_on_after(limits.current().github_request, shield=True), suppress(PipelineError):
                await self._github.call(give_back)
                life.over = True
            self._left = None if life.over else held.file

    async def _show_signs(self, mine: Claim, held: Held, since: float) -> None:
        """Show signs of life, the first of which is the claim itself, made after ``since``.

        Raises `Lost` when another run has the claim, and when none has been shown for so long that one soon may: who
        cannot be heard has to stop before it is taken for dead.
        """
        claimed = limits.current().claim
        period = claimed / SIGNS
        with anyio.CancelScope(deadline=since + claimed - period) as lease:
            for sign in count(1):
                await anyio.sleep(period)
                began = anyio.current_time()
                with anyio.move_on_after(period), suppress(PipelineError):
                    await self._github.call(partial(claim.renew, claim=mine, held=held, sign=sign))
                    lease.deadline = began + claimed - period
        raise Lost

    def _patience(self) -> Patience:
        return Patience(self._github, self._tag, self._place, self._left)
