"""Runs of one tag at once, on machines of their own and on one machine."""

from collections.abc import Iterator, Sequence

from tests.convergence.bench import Bench, Ran

ROUNDS = 20
"""Rounds of each number of runs, in the whole form."""

MACHINES = ("other-cache", "cache", "third-cache", "fourth-cache")

PATIENT = {"github_request": 30, "git_refs": 60, "git_quiet": 30, "registry_read": 60, "registry_copy": 120}
"""Limits that eight runs at once on two cores stay within: a race is about who is first, not about who is slow."""


def races(
    bench: Bench, at_once: Sequence[int], *, rounds: int, major: str, commit: str = "", machines: int = 2
) -> Iterator[tuple[str, list[Ran]]]:
    """Race after race, each in a place of its own and for a higher version: the tag, and its runs once all ended.

    What runs keep is shared on one of the ``machines`` and by no two of them.
    """
    bench.limits = {**bench.limits, **PATIENT}
    for number in range(rounds):
        for runs in at_once:
            bench.use(f"{bench.place.partition('-')[0]}-{runs}-{number}")
            tag = bench.tag(f"{major}.{number}.{runs}", commit or bench.quick)
            caches = [bench.root / MACHINES[run % machines] for run in range(runs)]
            started = [bench.start(tag, cache=cache) for cache in caches]
            yield tag, [bench.ended(run) for run in started]


def told(at_once: Sequence[int], rounds: int, ended: Sequence[Ran]) -> str:
    """What it came to, for the end of the test run."""
    numbers = " and ".join((", ".join(map(str, at_once[:-1])), str(at_once[-1])))
    released = sum(ran.outcome == "released" for ran in ended)
    return f"{numbers} runs at once, {rounds} round(s) each; {released} of {len(ended)} did some of it"
