"""Measure one release by this pipeline and by hand, in turn, and print differences and ratios.

Run it with ``make bench``. Every pair releases a version of its own, by hand under one service and by the pipeline
under another, from the same commit and Dockerfile, to the same registry.
"""

import argparse
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.bench.rig import Rig, rig

CASES = ("cold", "warm", "long build, cold")
"""Nothing cached; base image and history cached; a build of some ten seconds, nothing cached."""


def main() -> int:
    """Measure all cases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="pairs of runs in each case")
    parser.add_argument("--build-seconds", type=int, default=10, help="how long the long build takes, about")
    options = parser.parse_args()
    table = Table("case", "by hand s", "pipeline s", "difference s", "ratio", title="One release, medians (min to max)")
    with TemporaryDirectory(prefix="pipeline-bench-") as folder, rig(Path(folder), options.build_seconds) as made:
        for case in CASES:
            hand, ours = zip(*_pairs(made, case, options.pairs), strict=True)
            differences = [b - a for a, b in zip(hand, ours, strict=True)]
            ratios = [b / a for a, b in zip(hand, ours, strict=True)]
            table.add_row(case, *(_spread(values) for values in (hand, ours, differences, ratios)))
        table.caption = f"peak memory of the pipeline's own process: {made.peak_memory_mb():.0f} MB"
    Console().print(table)
    return 0


def _pairs(made: Rig, case: str, count: int) -> Iterator[tuple[float, float]]:
    long = case.startswith("long")
    for _ in range(count):
        if "cold" in case:
            made.forget()
        yield made.by_hand(long=long), made.by_pipeline(long=long)


def _spread(values: tuple[float, ...] | list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    sys.exit(main())
