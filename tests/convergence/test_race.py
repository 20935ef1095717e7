"""Runs of one tag at once, on machines of their own and on one machine, end with one image and one release."""

import pytest

from tests.convergence.bench import Bench
from tests.convergence.converged import assert_converged
from tests.convergence.counts import tell
from tests.faults.rules import Stall

AT_ONCE = (2, 4, 8)
ROUNDS = 20
"""Rounds of each number of runs, in the whole form."""


def test_runs_of_one_tag_at_once(bench: Bench) -> None:
    _race(bench, rounds=1, major="v1")


@pytest.mark.full
def test_many_runs_of_one_tag_at_once(bench: Bench) -> None:
    _race(bench, rounds=ROUNDS, major="v2")


def _race(bench: Bench, *, rounds: int, major: str) -> None:
    released = 0
    for number in range(rounds):
        for runs in AT_ONCE:
            tag = bench.tag(f"{major}.{runs}.{number}", bench.quick)
            bench.use(f"{bench.place.partition('-')[0]}-{runs}-{number}")
            # Every second run has a cache of its own, as if it were on another machine.
            caches = [bench.root / ("cache" if run % 2 else "other-cache") for run in range(runs)]
            started = [bench.start(tag, cache=cache) for cache in caches]
            ended = [bench.ended(run) for run in started]
            assert_converged(bench, tag, *ended)
            released += sum(ran.outcome == "released" for ran in ended)
    told = " and ".join((", ".join(map(str, AT_ONCE[:-1])), str(AT_ONCE[-1])))
    tell(
        f"race matrix: {told} runs at once, {rounds} round(s) each; {released} of {rounds * sum(AT_ONCE)} did some of it"
    )


def test_services_do_not_wait_for_each_other(bench: Bench) -> None:
    bench.services = ("vault", "api")
    vault = bench.tag("v9.0.0", bench.quick)
    api = "api/v9.0.0"
    bench.monorepo.tag(api, bench.quick)
    held = bench.registry_proxy.on("PUT", "/vault/manifests/v", Stall(of="request"))
    waiting = bench.start(vault)
    assert held.struck.wait(60)

    ran = bench.release(api)

    assert ran.exit_code == 0, ran.stderr
    assert waiting.poll() is None
    bench.kill(waiting)
    bench.clear()
    assert bench.release(vault).exit_code == 0
