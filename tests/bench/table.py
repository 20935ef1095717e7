"""Figures as text, the same on the terminal and on a page."""

from rich.console import RenderableType
from rich.table import Table

from tests.bench.results import Cell, Measured, Row

DIGITS = {"s": 2, "MB": 1, "requests": 0, "": 2}
"""Digits after the point that a unit is told with."""


def header(case: Measured) -> list[str]:
    """What the columns of a case hold."""
    return [case.of, *case.ways, *(("difference", "ratio") if case.compared else ())]


def line(case: Measured, row: Row) -> list[str]:
    """The text of a row, as many columns as `header` has."""
    compared = (case.difference(row), case.ratio(row)) if case.compared else ()
    return [row.of, *(spread(cell) for cell in (*map(row.cell, case.ways), *compared))]


def spread(cell: Cell | None) -> str:
    """The median, and where the values are not all told by it, the smallest and the largest."""
    if cell is None:
        return ""
    texts = {value: f"{value:.{DIGITS[cell.unit]}f}" for value in (min(cell.values), max(cell.values))}
    low, high = texts[min(cell.values)], texts[max(cell.values)]
    middle = median(cell)
    return middle if low == high else f"{middle} ({low} to {high})"


def median(cell: Cell) -> str:
    """The median with its unit."""
    unit = "" if cell.unit == "requests" else cell.unit
    return f"{cell.median:.{DIGITS[cell.unit]}f} {unit}".strip()


def on_terminal(case: Measured) -> RenderableType:
    """A case as a table for a terminal, or the reason why there is none."""
    if not case.rows:
        return f"{case.title} ({case.name}): {case.note}"
    table = Table(*header(case), title=f"{case.title} ({case.name})", caption=case.note or None)
    for row in case.rows:
        table.add_row(*line(case, row))
    return table
