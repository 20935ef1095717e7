"""The plot: a panel for each case whose sizes are numbers, readable on light and on dark pages."""

from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from tests.bench.results import Cell, Measured, Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 2
COLOURS = ("#d9822b", "#3a8fd9", "#3fa66b", "#b765c9")
WIDE = 50
"""From this ratio of the largest size to the smallest one on, sizes are spread by their logarithm."""

STYLE = Path(__file__).with_suffix(".mplstyle")


def plot(results: Results, path: Path) -> None:
    """Write the SVG file; the same results make the same file."""
    cases = [case for case in results.cases if _grows(case)]
    with mpl.rc_context(fname=STYLE):
        lines = max(1, -(-len(cases) // COLUMNS))
        figure = Figure(figsize=(9, 2.9 * lines), layout="constrained")
        axes = figure.subplots(lines, COLUMNS, squeeze=False).flat
        for case, panel in zip_longest(cases, axes):
            if case is None:
                panel.set_axis_off()
            else:
                _draw(panel, case)
        figure.savefig(path, transparent=True, metadata={"Date": None, "Creator": None})
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n")


def _grows(case: Measured) -> bool:
    return len(case.rows) > 1 and all(row.size is not None for row in case.rows)


def _draw(panel: "Axes", case: Measured) -> None:
    ways = [way for way in case.ways if _unit(case, way) != "requests"]
    for way, colour in zip(ways, COLOURS, strict=False):
        points = [(row.size or 0, cell) for row in case.rows if (cell := row.cell(way))]
        _line(panel, way, colour, points)
    sizes = [row.size or 0 for row in case.rows]
    if max(sizes) >= WIDE * min(sizes):
        panel.set_xscale("log")
        panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xticks(sizes)
    panel.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    panel.set_ylim(bottom=0)
    panel.set_title(case.title, fontsize=10)
    panel.set_xlabel(case.of)
    panel.set_ylabel("seconds" if _unit(case, ways[0]) == "s" else _unit(case, ways[0]))
    panel.grid(axis="y")
    panel.legend()


def _line(panel: "Axes", way: str, colour: str, points: list[tuple[int, Cell]]) -> None:
    """The medians, and the spread of all runs around them."""
    sizes, medians = [size for size, _ in points], [cell.median for _, cell in points]
    below = [cell.median - min(cell.values) for _, cell in points]
    above = [max(cell.values) - cell.median for _, cell in points]
    panel.errorbar(sizes, medians, yerr=(below, above), label=way, color=colour, marker="o", markersize=4, capsize=2)


def _unit(case: Measured, way: str) -> str:
    return next(cell.unit for row in case.rows if (cell := row.cell(way)))
