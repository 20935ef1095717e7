"""A run with nothing to do is quick, and does nothing."""

import json
import resource
import subprocess
import time

from tests.convergence.bench import Bench
from tests.convergence.converged import assert_converged
from tests.convergence.counts import tell

TRIES = 5
"""Runs, of which the quickest counts: tests share the machine."""

QUICK_ENOUGH = 2.0
"""Processor seconds, of the run and of all it starts: on an idle machine the clock shows hardly more."""


def test_a_converged_run(bench: Bench) -> None:
    tag = bench.tag("v1.0.0", bench.slow)
    first = bench.release(tag)
    before = bench.github.requests
    bench.clear()

    clock, processor = [], []
    for _ in range(TRIES):
        started, used = time.monotonic(), _processor_seconds()
        ran = bench.release(tag)
        clock.append(time.monotonic() - started)
        processor.append(_processor_seconds() - used)
        assert_converged(bench, tag, first, ran)
        assert ran.outcome == "already-released"
        assert not ran.built()
        if min(clock) < QUICK_ENOUGH:
            break

    requests = [*bench.registry_proxy.journal, *bench.github_proxy.journal]
    assert {request.method for request in requests} <= {"GET", "HEAD"}
    assert len(bench.github.requests) > len(before)
    tell(f"converged run: {min(clock):.2f} s by the clock, {min(processor):.2f} s of processor time, nothing written")
    assert min(processor) < QUICK_ENOUGH


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
