"""Ctrl-C and SIGTERM: children end, one sentence says how far it came, and the same call continues."""

import signal
import time

import pytest

from tests.convergence.bench import Bench
from tests.convergence.converged import assert_converged
from tests.convergence.leftovers import leftovers
from tests.faults.rules import Stall

PROMPT = 10.0
"""Seconds in which a run must have ended."""


@pytest.mark.parametrize(
    ("number", "where"),
    [
        (signal.SIGTERM, "push"),
        (signal.SIGINT, "release"),
        pytest.param(signal.SIGINT, "push", marks=pytest.mark.full),
        pytest.param(signal.SIGTERM, "release", marks=pytest.mark.full),
    ],
)
def test_interrupted(bench: Bench, number: signal.Signals, where: str) -> None:
    tag = bench.tag(f"v1.0.{2 * (where == 'push') + (number is signal.SIGINT)}", bench.quick)
    proxy, method, path = {
        "push": (bench.registry_proxy, "PUT", "/manifests/v"),
        "release": (bench.github_proxy, "PATCH", "/releases/"),
    }[where]
    bench.limits = {**bench.limits, "github_request": 60, "registry_copy": 60}
    rule = proxy.on(method, path, Stall(of="request"))
    run = bench.start(tag)
    assert rule.struck.wait(60)

    started = time.monotonic()
    ran = bench.kill(run, number)

    assert time.monotonic() - started < PROMPT
    assert ran.exit_code == 130
    assert ran.error["kind"] == "interrupted"
    assert f"Not finished: {where}" in ran.error["message"]
    assert "Done: resolve, verify-ancestry, preflight" in ran.error["message"]
    assert "same call" in ran.error["next"]
    assert leftovers(bench.cache, bench.temporary) == []
    bench.clear()
    assert_converged(bench, tag, bench.release(tag))
