"""The same release on a Dagger engine, where one is found."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pipeline.demo.github.double import GitHubDouble
from tests.bench.case import NotMeasuredError
from tests.bench.growth import CROSS
from tests.bench.place import OURS, Place, place, timed
from tests.bench.results import Cell, Row
from tests.bench.scale import Scale
from tests.bench.servers import Servers
from tests.conformance.engines import ABSENT, BRIDGE, dagger_version

MODULE = Path(__file__).parents[2]
LOCAL, DAGGER, CALL = "local session", "--engine dagger", "dagger call"


def measure(servers: Servers, scale: Scale) -> Iterator[Row]:
    """First releases of repositories and Dockerfiles that no engine has seen, and releases after them."""
    if dagger_version() is None:
        raise NotMeasuredError(f"There is {ABSENT}.")
    with _reachable(servers) as reachable:
        places = {
            way: [_new_place(reachable, way, number) for number in range(scale.rounds)] for way in (LOCAL, DAGGER, CALL)
        }
        for of in ("first", "warm"):
            yield Row(of=of, cells=tuple(_cell(way, places[way]) for way in (LOCAL, DAGGER, CALL)))


@contextmanager
def _reachable(servers: Servers) -> Iterator[Servers]:
    """The servers with a GitHub that a function's container can reach."""
    try:
        github = GitHubDouble(host=BRIDGE)
        github.__enter__()
    except OSError as error:
        raise NotMeasuredError(
            f"Containers of the Dagger engine do not reach this machine at {BRIDGE}: {error}."
        ) from error
    try:
        yield replace(servers, github=github)
    finally:
        github.__exit__(None, None, None)


def _new_place(servers: Servers, way: str, number: int) -> Place:
    name = f"{way.strip('-').replace(' ', '-')}-{number}"
    dockerfile = CROSS.format(base=servers.base) + f"LABEL unseen={secrets.token_hex()}\n"
    return place(servers, servers.small(name, Dockerfile=dockerfile), name)


def _cell(way: str, places: list[Place]) -> Cell:
    return Cell(way=way, values=tuple(_release(way, here) for here in places))


def _release(way: str, here: Place) -> float:
    if way == CALL:
        argv = [
            "dagger",
            "-m",
            str(MODULE),
            "--progress=plain",
            "call",
            *here.flags,
            "release",
            "--tag",
            here.tag(OURS),
        ]
        return timed(argv, here.environment)
    return here.by_pipeline(engine="dagger" if way == DAGGER else "local")
