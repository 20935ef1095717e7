"""A run with nothing to do is quick, and does nothing."""

import json
import os
import subprocess
import time

import pytest

from tests.convergence.bench import Bench
from tests.convergence.converged import assert_converged
from tests.convergence.counts import tell

TRIES = 5
"""Runs, of which the quickest counts: tests share the machine."""

QUICK_ENOUGH = 2.0


def test_a_converged_run(bench: Bench) -> None:
    tag = bench.tag("v1.0.0", bench.slow)
    first = bench.release(tag)
    before = bench.github.requests
    bench.clear()

    seconds = []
    for _ in range(TRIES):
        started = time.monotonic()
        ran = bench.release(tag)
        seconds.append(time.monotonic() - started)
        assert_converged(bench, tag, first, ran)
        assert ran.outcome == "already-released"
        assert not ran.built()
        if min(seconds) < QUICK_ENOUGH:
            break

    requests = [*bench.registry_proxy.journal, *bench.github_proxy.journal]
    assert {request.method for request in requests} <= {"GET", "HEAD"}
    assert len(bench.github.requests) > len(before)
    tell(f"converged run: {min(seconds):.2f} s, no build, nothing written")
    if min(seconds) >= QUICK_ENOUGH and (busy := os.getloadavg()[0]) > 1.5 * (os.cpu_count() or 1):
        pytest.skip(f"too busy a machine to measure on: its load is {busy:.1f}")
    assert min(seconds) < QUICK_ENOUGH


def test_verify_finds_what_the_record_says(bench: Bench) -> None:
    tag = bench.tag("v1.1.0", bench.quick)
    assert bench.release(tag).exit_code == 0

    verified = _verify(bench, tag)

    assert verified.returncode == 0, verified.stderr
    lines = {line["name"]: line for line in json.loads(verified.stdout)["lines"]}
    assert all(line["recorded"] == line["found"] for line in lines.values())
    assert (
        lines["image.platforms.linux/arm64"]["found"] == bench.registry.platforms(bench.image, "v1.1.0")["linux/arm64"]
    )
    assert lines["commit"]["found"] == bench.quick


def _verify(bench: Bench, tag: str) -> subprocess.CompletedProcess[str]:
    run = bench.start(tag, verb="verify")
    stdout, stderr = run.communicate(timeout=60)
    return subprocess.CompletedProcess(run.args, run.returncode, stdout, stderr)
