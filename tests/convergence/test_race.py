"""Runs of one tag at once, on machines of their own and on one machine, end with one image and one release."""

import pytest

from tests.convergence.bench import Bench, Ran
from tests.convergence.converged import assert_converged
from tests.convergence.counts import tell
from tests.convergence.races import MACHINES, ROUNDS, races, told
from tests.faults.rules import Stall

AT_ONCE = (2, 4, 8)

NEVER_THE_SAME = """\
FROM --platform=$BUILDPLATFORM {base} AS build
RUN head -c 8000000 /dev/urandom > /id
FROM scratch
COPY --from=build /id /id
"""
"""A build that makes another image whenever it runs, and one that takes a moment to push."""


def test_runs_of_one_tag_at_once(bench: Bench) -> None:
    _race(bench, rounds=1, major="v1")


@pytest.mark.full
def test_many_runs_of_one_tag_at_once(bench: Bench) -> None:
    _race(bench, rounds=ROUNDS, major="v2")


def test_runs_that_build_different_images(bench: Bench, different: str) -> None:
    _race_with_different_images(bench, different, rounds=1, major="v3")


@pytest.mark.full
def test_many_runs_that_build_different_images(bench: Bench, different: str) -> None:
    _race_with_different_images(bench, different, rounds=ROUNDS, major="v4")


@pytest.fixture(scope="module")
def different(whole_bench: Bench, base_image: str) -> str:
    """A commit that is another image on every machine."""
    dockerfile = NEVER_THE_SAME.format(base=base_image)
    return whole_bench.monorepo.commit({"Dockerfile": dockerfile}, message="chore: build something else each time")


def _race_with_different_images(bench: Bench, commit: str, *, rounds: int, major: str) -> None:
    at_once = (2, len(MACHINES))
    ended: list[Ran] = []
    for tag, runs in races(bench, at_once, rounds=rounds, major=major, commit=commit, machines=len(MACHINES)):
        assert_converged(bench, tag, *runs)
        ended += runs
    tell(f"race matrix, each building another image: {told(at_once, rounds, ended)}")


def _race(bench: Bench, *, rounds: int, major: str) -> None:
    ended: list[Ran] = []
    for tag, runs in races(bench, AT_ONCE, rounds=rounds, major=major):
        assert_converged(bench, tag, *runs)
        ended += runs
    tell(f"race matrix: {told(AT_ONCE, rounds, ended)}")


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
