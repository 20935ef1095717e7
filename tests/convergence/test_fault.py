"""Whatever git, the registry or GitHub do: a run succeeds, or says who failed it and what to do, and the next one ends
well.
"""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

import pytest

from tests.convergence.bench import Bench, Ran
from tests.convergence.converged import assert_converged
from tests.convergence.counts import tell
from tests.faults.proxy import Proxy
from tests.faults.rules import Alter, Answer, Fault, Reset, Slow, Stall, Truncate

Party = Literal["git", "registry", "github"]

REQUESTS: dict[Party, dict[str, tuple[str, str]]] = {
    "git": {"refs": ("GET", "info/refs"), "pack": ("POST", "git-upload-pack$")},
    "registry": {
        "read": ("GET", "/manifests/v"),
        "blob": ("GET", "/blobs/sha256"),
        "upload": ("POST", "/blobs/uploads/"),
        "layer": ("PATCH", "/blobs/uploads/"),
        "layer-end": ("PUT", "/blobs/uploads/"),
        "manifest": ("PUT", "/manifests/sha256"),
        "index": ("PUT", "/manifests/v"),
    },
    "github": {
        "repository": ("GET", r"/repos/[^/]+/[^/?]+$"),
        "by-tag": ("GET", "/releases/tags/"),
        "history": ("GET", "/compare/"),
        "list": ("GET", r"/releases\?"),
        "draft": ("POST", r"/releases$"),
        "asset": ("POST", r"/assets"),
        "publish": ("PATCH", r"/releases/\d+$"),
    },
}
"""What a release asks of each party, as method and path."""

FAULTS: dict[str, Fault] = {
    "not-heard": Reset(of="request"),
    "answer-lost": Reset(of="answer"),
    "reset-mid-body": Reset(10),
    "truncated": Truncate(10),
    "stalled": Stall(),
    "slow": Slow(20_000),
    "done-then-502": Answer(502, after_forwarding=True),
    "401": Answer(401),
    "403": Answer(403),
    "404": Answer(404),
    "429": Answer(429, headers={"Retry-After": "1"}),
    "500": Answer(500),
    "502": Answer(502),
    "503": Answer(503),
    "wrong-content": Alter(body=lambda body: body.replace(b"sha256:", b"sha256:0")[: len(body)]),
}

STAYS = frozenset({"401", "403", "404", "503"})
"""Faults that last until somebody mends them; the others pass after one request."""

REDUCED = [
    ("git", "refs", "502"), ("git", "pack", "truncated"), ("registry", "read", "404"), ("registry", "read", "503"),
    ("registry", "layer", "reset-mid-body"), ("registry", "index", "answer-lost"),
    ("github", "by-tag", "429"), ("github", "draft", "answer-lost"), ("github", "publish", "done-then-502"),
    ("github", "asset", "403"),
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A fault of one request of one party; ``refused`` is a party that does not listen at all."""

    party: Party
    request: str
    fault: str

    def __str__(self) -> str:
        return f"{self.party}-{self.request}-{self.fault}"


WHOLE = [
    *(Case(party, request, fault) for party, requests in REQUESTS.items() for request in requests for fault in FAULTS),
    *(Case(party, "all", "refused") for party in REQUESTS),
]
_versions = itertools.count()


@pytest.mark.parametrize("case", [Case(*case) for case in REDUCED] + [Case("git", "all", "refused")], ids=str)  # type: ignore[arg-type]
def test_a_fault(bench: Bench, case: Case, outcomes: list[int]) -> None:
    _check(bench, case, outcomes, again=False)


@pytest.mark.full
@pytest.mark.parametrize("case", WHOLE, ids=str)
def test_every_fault(bench: Bench, case: Case, outcomes: list[int]) -> None:
    _check(bench, case, outcomes, again=True)


@pytest.fixture(scope="module")
def outcomes() -> Iterator[list[int]]:
    ended: list[int] = []
    yield ended
    tell(
        f"fault matrix: {len(ended)} cases, {ended.count(0)} ended well, {ended.count(4)} with exit code 4; all converged"
    )


def _check(bench: Bench, case: Case, outcomes: list[int], *, again: bool) -> None:
    """Release through a fault, and once more without it; after a success only if ``again`` is wanted."""
    tag = bench.tag(f"v1.0.{next(_versions)}", bench.quick)
    proxy: Proxy = getattr(bench, f"{case.party}_proxy")
    with ExitStack() as stack:
        rule = None
        if case.fault == "refused":
            stack.enter_context(proxy.refusing())
        else:
            times = None if case.fault in STAYS else 1
            rule = proxy.on(*REQUESTS[case.party][case.request], FAULTS[case.fault], times=times)
        ran = bench.release(tag)

    outcomes.append(ran.exit_code)
    assert rule is None or rule.matches or case.fault in STAYS
    assert ran.exit_code in (0, 4), (ran.report, ran.stderr)
    bench.clear()
    if ran.exit_code == 0:
        assert_converged(bench, tag, ran)
    else:
        _assert_told(bench, case, ran)
    if again or ran.exit_code:
        assert_converged(bench, tag, bench.release(tag))


def _assert_told(bench: Bench, case: Case, ran: Ran) -> None:
    """The message names the party that failed, and what to do."""
    names = {
        "git": bench.git_proxy.address, "registry": bench.registry_proxy.address, "github": "GitHub"
    }  # fmt: skip
    assert names[case.party] in ran.error["message"]
    assert ran.error["next"]
    assert ran.outcome == "failed"
