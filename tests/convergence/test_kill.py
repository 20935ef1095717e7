"""A run that is killed at any moment leaves what the next run finishes.

The state of the world between two requests that change something is the same whether the first was answered or the
second not yet sent. So a run is killed once a request was carried out and before its answer arrives, for each request
that changes something, and once before the first of them.
"""

import random
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

import pytest

from tests.convergence.bench import Bench, Ran
from tests.convergence.converged import assert_converged
from tests.convergence.counts import tell
from tests.faults.rules import Side, Stall

UPLOAD, MANIFEST, INDEX = r"/blobs/uploads/", r"/manifests/sha256:", r"/manifests/v"
DRAFT, RELEASE = r"/releases$", r"/releases/\d+$"
CLAIM, CLAIMED, ASSETS = r"/assets\?label=claim", r"/releases/assets/\d+$", r"/assets\?label=&"
WRITES = {"registry": ("POST|PATCH|PUT", "/blobs/uploads/|/manifests/"), "github": ("POST|PATCH|DELETE", "/releases")}

RANDOM = 100
"""Kills at random moments, in the whole form."""

RANDOM_REDUCED = 2


@dataclass(frozen=True)
class Boundary:
    """A request that changes something: who gets it, how it looks, and which of those that look so it is."""

    party: str
    method: str
    path: str
    nth: int = 1
    of: Side = "answer"


BLOB = [Boundary("registry", method, UPLOAD) for method in ("POST", "PATCH", "PUT")]

IN_TURN = [
    Boundary("github", "POST", DRAFT, of="request"),
    Boundary("github", "POST", DRAFT),
    Boundary("github", "POST", CLAIM),
    Boundary("github", "DELETE", CLAIMED),
    Boundary("registry", "POST", UPLOAD, of="request"),
    *(BLOB * 2),
    Boundary("registry", "PUT", MANIFEST, 1),
    *BLOB,
    Boundary("registry", "PUT", MANIFEST, 2),
    Boundary("registry", "PUT", INDEX, of="request"),
    Boundary("github", "DELETE", CLAIMED, 2),
    Boundary("github", "POST", ASSETS),
    Boundary("github", "PATCH", RELEASE),
]
"""All boundaries of an image of one layer that both platforms share, for runs that each take up what the one before
left: a blob that is there is not sent again, and a claim is taken over, which is the first deletion of a run."""

PUSHED_UNDER_CLAIM = [
    Boundary("registry", "PUT", INDEX),
    Boundary("github", "DELETE", CLAIMED),
    Boundary("github", "POST", ASSETS),
]
"""The boundaries that come where a run dies between its push and the end of its claim."""


def _kill_at(bench: Bench, tag: str, boundary: Boundary) -> bool:
    proxy = bench.registry_proxy if boundary.party == "registry" else bench.github_proxy
    rule = proxy.on(boundary.method, boundary.path, Stall(0, boundary.of), nth=boundary.nth)
    struck = bench.killed(tag, rule)
    bench.clear()
    return struck


def _undisturbed(bench: Bench, tag: str) -> Ran:
    """The same release to another place, from start to end."""
    bench.use(f"p{uuid4().hex[:10]}")
    ran = bench.release(tag)
    assert ran.exit_code == 0, (ran.report, ran.stderr)
    return ran


def _writes(bench: Bench) -> list[tuple[str, int]]:
    """Every request of the last run that changed something: the party, and which of its writes it was."""
    journals = {"registry": bench.registry_proxy.journal, "github": bench.github_proxy.journal}
    return [
        (party, nth)
        for party, (method, path) in WRITES.items()
        for nth, _ in enumerate(
            (e for e in journals[party] if re.fullmatch(method, e.method) and re.search(path, e.target)), start=1
        )
    ]


@pytest.mark.parametrize("boundaries", [IN_TURN, PUSHED_UNDER_CLAIM], ids=["all", "pushed-under-claim"])
def test_killed_at_every_boundary_in_turn(bench: Bench, boundaries: Sequence[Boundary]) -> None:
    # A layer that no other place of the registry has, or it would be mounted from there.
    commit = bench.monorepo.commit({"README.md": uuid4().hex}, message="docs: something new")
    tag = bench.tag(f"v1.0.{len(boundaries)}", commit)

    missed = [boundary for boundary in boundaries if not _kill_at(bench, tag, boundary)]

    assert missed == []
    ran = bench.release(tag)
    assert_converged(bench, tag, ran)
    assert ran.digest == _undisturbed(bench, tag).digest
    tell(f"kill matrix, each run taking up the one before: {len(boundaries)} boundaries, {len(boundaries)} kills")


@pytest.mark.full
def test_killed_at_every_boundary_alone(bench: Bench) -> None:
    tag = bench.tag("v2.0.0", bench.slow)
    _undisturbed(bench, tag)
    digest = _undisturbed(bench, tag).digest
    writes = _writes(bench)
    for party, nth in writes:
        bench.use(f"p{uuid4().hex[:10]}")
        assert _kill_at(bench, tag, Boundary(party, *WRITES[party], nth)), (party, nth)
        ran = bench.release(tag)
        assert_converged(bench, tag, ran)
        assert ran.digest == digest
    tell(f"kill matrix, each boundary alone: {len(writes)} boundaries, {len(writes)} kills")


def test_git_killed_in_the_middle_of_its_work(bench: Bench) -> None:
    tag = bench.tag("v1.1.0", bench.quick)
    bench.release(tag, "--dry-run")
    repositories = list((bench.cache / "git").glob("*/*.git"))
    assert {repository.name for repository in repositories} == {"history.git", "trees.git"}
    newer = bench.tag("v1.1.1", bench.monorepo.commit({"NEWS": "fetch me"}, message="docs: news"))
    for repository in repositories:
        for left in ("shallow.lock", "packed-refs.lock", "config.lock", "objects/pack/tmp_pack_abcdef"):
            (repository / left).touch()

    ran = bench.release(newer)

    assert ran.exit_code == 0, (ran.report, ran.stderr)
    assert not [left for repository in repositories for left in repository.rglob("*.lock")]


def test_killed_at_random_moments(bench: Bench) -> None:
    _kill_at_random(bench, range(RANDOM_REDUCED), "v3")


@pytest.mark.full
def test_killed_at_many_random_moments(bench: Bench) -> None:
    _kill_at_random(bench, range(RANDOM), "v4")


def _kill_at_random(bench: Bench, cases: Sequence[int], major: str) -> None:
    seed = random.SystemRandom().randrange(2**32)
    moments = random.Random(seed)
    alive = 0
    for case in cases:
        tag = bench.tag(f"{major}.0.{case}", bench.slow)
        bench.use(f"p{uuid4().hex[:10]}")
        run = bench.start(tag)
        with suppress(subprocess.TimeoutExpired):
            run.wait(moments.uniform(0.1, 6.0))
        alive += run.poll() is None
        bench.kill(run)
        assert_converged(bench, tag, bench.release(tag))
    tell(f"kill matrix, random moments: {len(cases)} runs, {alive} of them killed alive (seed {seed})")
