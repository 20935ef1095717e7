"""One release, by hand and by the pipeline, in turn."""

from collections.abc import Iterator

from tests.bench.case import BY_HAND, PIPELINE
from tests.bench.place import Place, place, timed
from tests.bench.results import Cell, Row
from tests.bench.scale import Scale
from tests.bench.servers import Servers

LONG = """\
FROM --platform=$BUILDPLATFORM {base} AS build
ARG SERVICE VERSION REVISION CREATED TARGETARCH
RUN {work}; echo $TARGETARCH > /program
FROM {base}
COPY --from=build /program /program
"""

WORK = "left={rounds}; while [ $left -gt 0 ]; do left=$((left - 1)); done"
"""A fixed amount of it: a clock in whole seconds would end both ways at the same moments, whenever they began."""

TRIED = 500_000
"""Rounds that say how long one takes on this machine."""


def measure(servers: Servers, scale: Scale) -> Iterator[Row]:
    """Nothing cached; then what a run before has left; then a build that takes long itself, nothing cached."""
    here = place(servers, servers.small("release"), "release")
    yield pairs(here, "cold", scale.pairs, cold=True)
    yield pairs(here, "warm", scale.pairs, cold=False)
    long = LONG.format(base=servers.base, work=_work(scale.build_seconds))
    there = place(servers, servers.small("long", **{"Dockerfile.long": long}), "long", dockerfile="Dockerfile.long")
    yield pairs(there, f"a build of {scale.build_seconds} s, cold", scale.rounds, cold=True)


def _work(seconds: float) -> str:
    """A shell command that keeps one core of this machine busy for about so long, with the shell that builds have."""
    tried = min(timed(["busybox", "sh", "-c", WORK.format(rounds=TRIED)], {}) for _ in range(3))
    return WORK.format(rounds=round(TRIED * seconds / tried))


def measure_memory(servers: Servers, scale: Scale) -> Iterator[Row]:
    """The pipeline's own process, without git and buildah."""
    here = place(servers, servers.small("memory"), "memory")
    peaks = tuple(here.peak_memory_mb() for _ in range(scale.rounds))
    yield Row(of="one release", cells=(Cell(way=PIPELINE, values=peaks, unit="MB"),))


def pairs(here: Place, of: str, count: int, *, cold: bool, size: int | None = None) -> Row:
    """Releases by hand and by the pipeline in turn, so that what else goes on hits both."""
    hand, ours = [], []
    for _ in range(count):
        if cold:
            here.forget()
        hand.append(here.by_hand())
        ours.append(here.by_pipeline())
    cells = (Cell(way=BY_HAND, values=tuple(hand)), Cell(way=PIPELINE, values=tuple(ours)))
    return Row(of=of, cells=cells, size=size)
