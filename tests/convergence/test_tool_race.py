"""Runs of one command-line tool's tag at once end with every npm package and every file once, and one release."""

from dataclasses import replace

import pytest

from tests.convergence.bench import Ran
from tests.convergence.cli_bench import CliBench
from tests.convergence.converged import assert_published
from tests.convergence.counts import tell
from tests.convergence.leftovers import leftovers
from tests.convergence.races import ROUNDS, races, told

AT_ONCE, AT_ONCE_REDUCED = (2, 4, 8), (2, 3)
CONFLICT = 409


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
    ended: list[Ran] = []
    second = 0
    for tag, runs in races(bench, at_once, rounds=rounds, major=major):
        assert_published(bench, tag, *runs)
        assert leftovers(bench.root / "other-cache" / "pipeline", bench.temporary) == []
        ended += runs
        second += sum(write.method == "PUT" and write.status == CONFLICT for write in bench.npm_proxy.journal)
    tell(f"race matrix, command-line tool: {told(at_once, rounds, ended)}; npm refused {second} writes as second")
