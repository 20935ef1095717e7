"""One fault of one request of one party: a run through it, and one more once it is gone."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.convergence.bench import Bench, Ran
from tests.faults.proxy import Proxy
from tests.faults.rules import Alter, Answer, Fault, Reset, Slow, Stall, Truncate

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

REFUSED = "refused"
"""The fault of a party that does not listen at all."""


@dataclass(frozen=True)
class Case:
    """A fault of one request of one party."""

    party: str
    request: str
    fault: str

    def __str__(self) -> str:
        return f"{self.party}-{self.request}-{self.fault}"


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """What a release asks of each party, as method and path; and what is true once a run ended well."""

    name: str
    requests: Mapping[str, Mapping[str, tuple[str, str]]]
    assert_converged: Callable[..., None]
    faults: Mapping[str, Fault] = field(default_factory=lambda: FAULTS)
    stays: frozenset[str] = STAYS
    outcomes: list[int] = field(default_factory=list)
    _versions: Iterator[int] = field(default_factory=itertools.count)

    def whole(self) -> list[Case]:
        """Every fault of every request."""
        cases = [
            Case(party, request, fault)
            for party, requests in self.requests.items()
            for request in requests
            for fault in self.faults
        ]
        return [*cases, *(Case(party, "all", REFUSED) for party in self.requests)]

    def check(self, bench: Bench, case: Case, *, again: bool) -> None:
        """Release through a fault, and once more without it; after a success only if ``again`` is wanted."""
        tag = bench.tag(f"v1.0.{next(self._versions)}", bench.quick)
        ran = self._through(bench, case, tag)
        self.outcomes.append(ran.exit_code)
        assert ran.exit_code in (0, 4), (ran.report, ran.stderr)
        bench.clear()
        if ran.exit_code == 0:
            self.assert_converged(bench, tag, ran)
        else:
            _assert_told(bench, case, ran)
        if again or ran.exit_code:
            self.assert_converged(bench, tag, bench.release(tag))

    def _through(self, bench: Bench, case: Case, tag: str) -> Ran:
        proxy: Proxy = getattr(bench, f"{case.party}_proxy")
        with ExitStack() as stack:
            if case.fault == REFUSED:
                stack.enter_context(proxy.refusing())
                return bench.release(tag)
            times = None if case.fault in self.stays else 1
            rule = proxy.on(*self.requests[case.party][case.request], self.faults[case.fault], times=times)
            ran = bench.release(tag)
            assert rule.matches or case.fault in self.stays
            return ran

    def told(self) -> str:
        """What it came to."""
        ended = self.outcomes
        well, failed = ended.count(0), ended.count(4)
        return f"{self.name}: {len(ended)} cases, {well} ended well, {failed} with exit code 4; all converged"


def _assert_told(bench: Bench, case: Case, ran: Ran) -> None:
    """The message names the party that failed, and what to do."""
    name = "GitHub" if case.party == "github" else getattr(bench, f"{case.party}_proxy").address
    assert name in ran.error["message"]
    assert ran.error["next"]
    assert ran.outcome == "failed"
