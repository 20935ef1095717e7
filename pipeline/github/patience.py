"""Waiting for another run's claim: until it is gone, or its run is dead, or it has been silent for too long.

How long it has been silent is told by this machine's clock alone: from when its last sign of life was first seen to
when it was last looked for, so that a wait between two looks, however long, is not taken for silence.
"""

import random
from functools import partial

import anyio

from pipeline.errors import GithubUnavailable
from pipeline.github import claim
from pipeline.github.api import Github
from pipeline.github.claim import Again, Taken
from pipeline.github.releases import RECORD
from pipeline.journal import waiting
from pipeline.runtime import alive, limits
from pipeline.tag import Tag

LOOKS = 6
"""Looks at a claim within `Limits.claim`, at least: a CI job's token has a thousand requests an hour for everything
(https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
"""


class Patience:
    """One run's patience with all the others of a tag; ``place`` is what the runs have in common on one machine, and
    ``own`` is a claim that this very run could not give back.
    """

    def __init__(self, github: Github, tag: Tag, place: str, own: int | None = None) -> None:
        self._github = github
        self._tag = tag
        self._place = place
        self._own = own
        self._seen: Taken | Again | None = None
        self._since = 0.0
        self._looked = 0.0
        self._told: int | None = None
        self._rounds = 0

    def saw(self, there: Taken | Again, looked: float) -> None:
        """Remember what a look has seen that began at ``looked``, by `anyio.current_time`."""
        if there != self._seen:
            self._seen, self._since = there, anyio.current_time()
        self._looked = looked

    async def wait(self, there: Taken | Again) -> None:
        """Wait a moment; or, where the run is over whose claim is there, remove that. It is what was seen last.

        Raises `GithubUnavailable` when for too long nothing is there, and GitHub still does not let this run in.
        """
        silent = self._looked - self._since
        if isinstance(there, Taken) and self._is_over(there, silent):
            await self._github.call(partial(claim.remove, file=there.file))
        elif isinstance(there, Again) and silent > limits.current().claim:
            raise GithubUnavailable(
                f"The draft release of {self._tag} was gone or changed at every look for {silent:.0f} seconds.",
                next="Run the same call again: it does only what is missing.",
            )
        else:
            await self._pause(there)

    def _is_over(self, there: Taken, silent: float) -> bool:
        """Whether it may go. A record goes like a claim: somebody waits, so what it names is not there."""
        run = there.run
        if there.file == self._own or (run and alive.is_dead(self._place, *run)):
            return True
        held = limits.current()
        return silent > (held.claim if there.whole else held.github_request)

    async def _pause(self, there: Taken | Again) -> None:
        held = limits.current()
        ceiling = held.claim / LOOKS if isinstance(there, Taken) else held.longest_wait
        longest = min(ceiling, held.first_wait * 2 ** min(self._rounds, 16))
        seconds = random.uniform(longest / 2, longest)  # noqa: S311 - nobody gains by guessing it
        self._rounds += 1
        if isinstance(there, Again) or there.file == self._told:
            await anyio.sleep(seconds)
            return
        self._told = there.file
        with waiting(self._reason(there)):
            await anyio.sleep(seconds)

    def _reason(self, there: Taken) -> str:
        since = f"since {there.since:%Y-%m-%d %H:%M:%S} UTC"
        if there.run:
            return (
                f"another run is pushing {self._tag}, {since}: waiting for its end "
                f"(its claim is {RECORD} of {there.page})"
            )
        return f"{RECORD} of {there.page} is in the way, {since}: waiting for it to go"
