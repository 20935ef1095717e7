"""Runs of one command-line tool's tag at once end with every npm package and every file once, and one release."""

from dataclasses import replace

import pytest

from tests.convergence.cli_bench import CliBench
from tests.convergence.converged import assert_published
from tests.convergence.counts import tell
from tests.convergence.leftovers import leftovers

AT_ONCE, AT_ONCE_REDUCED = (2, 4, 8), (2, 3)
ROUNDS = 20
"""Rounds of each number of runs, in the whole form."""


def test_runs_of_one_tag_at_once(tool_bench: CliBench) -> None:
    _race(tool_bench, AT_ONCE_REDUCED, rounds=1, major="v1")


@pytest.mark.full
def test_many_runs_of_one_tag_at_once(tool_bench: CliBench) -> None:
    _race(tool_bench, AT_ONCE, rounds=ROUNDS, major="v2")


@pytest.mark.full
def test_runs_that_build_at_once(tool_bench: CliBench, goreleaser_image: str) -> None:
    """With GoReleaser itself, on two machines: what they build is the same, byte by byte."""
    _race(replace(tool_bench, goreleaser=goreleaser_image), (2, 4), rounds=2, major="v3")


def _race(bench: CliBench, at_once: tuple[int, ...], *, rounds: int, major: str) -> None:
    # Nothing is broken here, and many runs at once are slow: no limit of its own may end one.
    bench = replace(bench, limits={"first_wait": 0.01, "longest_wait": 0.05})
    released = 0
    for number in range(rounds):
        for runs in at_once:
            bench.use(f"{bench.place.partition('-')[0]}-{runs}-{number}")
            tag = bench.tag(f"{major}.{number}.{runs}")
            # Every second run has a cache of its own, as if it were on another machine.
            caches = [bench.root / ("cache" if run % 2 else "other-cache") for run in range(runs)]
            started = [bench.start(tag, cache=cache) for cache in caches]
            ended = [bench.ended(run) for run in started]
            assert_published(bench, tag, *ended)
            assert leftovers(bench.root / "other-cache" / "pipeline", bench.temporary) == []
            released += sum(ran.outcome == "released" for ran in ended)
    told = " and ".join((", ".join(map(str, at_once[:-1])), str(at_once[-1])))
    tell(
        f"race matrix, command-line tool: {told} runs at once, {rounds} round(s) each; "
        f"{released} of {rounds * sum(at_once)} did some of it"
    )
