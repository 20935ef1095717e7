"""Several services in one call, against a call for each."""

from collections import defaultdict
from collections.abc import Iterator

from pipeline.demo.monorepo_tree import SERVICES
from tests.bench.place import Place, place
from tests.bench.results import Cell, Row
from tests.bench.scale import Scale
from tests.bench.servers import Servers
from tests.bench.traffic import fetches, watched
from tests.faults.proxy import Proxy

APART, TOGETHER = "one by one", "at once"
FETCHES = {way: f"fetches, {way}" for way in (APART, TOGETHER)}
ALONE = "fetches, nothing shared"
Figures = defaultdict[tuple[str, int], list[float]]
"""By way and number of services."""


def measure(servers: Servers, scale: Scale) -> Iterator[Row]:
    """Every round begins with nothing cached, both ways; calls that come one by one share a cache."""
    figures: Figures = defaultdict(list)
    with watched(place(servers, servers.small("together"), "together")) as (here, proxy):
        for _ in range(scale.rounds):
            _one_by_one(here, proxy, scale.services, figures)
            _at_once(here, proxy, scale.services, figures)
        _alone(here, proxy, scale.services, figures)
    for count in scale.services:
        yield Row(of=str(count), size=count, cells=tuple(_cells(figures, count)))


def _one_by_one(here: Place, proxy: Proxy, counts: tuple[int, ...], figures: Figures) -> None:
    here.forget()
    proxy.clear()
    seconds, fetched = [], []
    for service in SERVICES[: max(counts)]:
        seconds.append(here.by_pipeline(service))
        fetched.append(fetches(proxy))
    for count in counts:
        figures[APART, count].append(sum(seconds[:count]))
        figures[FETCHES[APART], count].append(fetched[count - 1])


def _at_once(here: Place, proxy: Proxy, counts: tuple[int, ...], figures: Figures) -> None:
    for count in counts:
        here.forget()
        proxy.clear()
        figures[TOGETHER, count].append(here.by_pipeline(*SERVICES[:count]))
        figures[FETCHES[TOGETHER], count].append(fetches(proxy))


def _alone(here: Place, proxy: Proxy, counts: tuple[int, ...], figures: Figures) -> None:
    """Calls on machines of their own, such as jobs of a CI; they are counted only."""
    proxy.clear()
    for number, service in enumerate(SERVICES[: max(counts)], start=1):
        here.forget()
        here.by_pipeline(service)
        if number in counts:
            figures[ALONE, number].append(fetches(proxy))


def _cells(figures: Figures, count: int) -> Iterator[Cell]:
    for way in (APART, TOGETHER):
        yield Cell(way=way, values=tuple(figures[way, count]))
    for way in (*FETCHES.values(), ALONE):
        yield Cell(way=way, values=tuple(figures[way, count]), unit="requests")
