"""What goes over the wire between the git server and whoever releases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.case import PIPELINE
from tests.bench.place import Place, place
from tests.bench.results import Cell, Row
from tests.bench.scale import Scale
from tests.bench.servers import Servers
from tests.faults.proxy import Proxy
from tests.traffic import MEGABYTE, cloned, sent_for

CLONE = "a whole clone"


def measure_bytes(servers: Servers, scale: Scale) -> Iterator[Row]:
    """A release with nothing cached: its checkout, and the history that its ancestry check reads."""
    for commits in scale.commits:
        monorepo = servers.large(commits)
        here = place(servers, monorepo, f"bytes-{commits}")
        with TemporaryDirectory(prefix="pipeline-bench-clone-") as folder:
            whole = cloned(servers.git, monorepo, Path(folder))
        before = sent_for(servers.git, monorepo.git_dir)
        here.by_pipeline()
        moved = sent_for(servers.git, monorepo.git_dir) - before
        yield Row(of=f"{commits:,}", size=commits, cells=(_megabytes(CLONE, whole), _megabytes(PIPELINE, moved)))


@contextmanager
def watched(here: Place) -> Iterator[tuple[Place, Proxy]]:
    """The same place with a proxy before its git server, whose journal tells what was asked."""
    with Proxy(here.servers.git.address) as proxy:
        yield replace(here, git_url=here.git_url.replace(here.servers.git.address, proxy.address)), proxy


def fetches(proxy: Proxy) -> int:
    """How often objects were asked for (https://git-scm.com/docs/protocol-v2, "fetch"); lists of refs do not count."""
    return sum(b"command=fetch" in exchange.begins for exchange in proxy.journal)


def _megabytes(way: str, size: int) -> Cell:
    return Cell(way=way, values=(size / MEGABYTE,), unit="MB")
