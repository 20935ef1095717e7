"""What was measured, as values that are kept in a JSON file: the tables and the plot are made from nothing else."""

import statistics
from collections.abc import Iterable
from pathlib import Path

import msgspec

BUSY = 0.3
"""From this load on figures are too high."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One thing measured in one way, as often as it was run."""

    way: str
    values: tuple[float, ...]
    unit: str = "s"

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """All ways at one size of a case."""

    of: str
    cells: tuple[Cell, ...]
    size: int | None = None
    """Where it goes on an axis, for sizes that are numbers."""

    def cell(self, way: str) -> Cell | None:
        """What was measured in a way."""
        return next((cell for cell in self.cells if cell.way == way), None)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A case and what it came to; ``note`` says why where it could not be measured."""

    name: str
    title: str
    about: str
    of: str
    """What the first column of its table holds."""
    rows: tuple[Row, ...] = ()
    compared: tuple[str, str] | None = None
    """Two ways whose difference and ratio are shown, run by run: the second one against the first."""
    note: str = ""
    failed: bool = False
    """Whether it broke off, which nobody expects."""

    @property
    def ways(self) -> tuple[str, ...]:
        """All ways, in the order of the columns."""
        return tuple(dict.fromkeys(cell.way for row in self.rows for cell in row.cells))

    def ratio(self, row: Row) -> Cell | None:
        """How many times the first way's value the second one takes."""
        return _cell("ratio", "", (after / before for before, after in self._pairs(row)))

    def difference(self, row: Row) -> Cell | None:
        """How much more the second way takes than the first."""
        unit = next((cell.unit for cell in row.cells), "")
        return _cell("difference", unit, (after - before for before, after in self._pairs(row)))

    def _pairs(self, row: Row) -> Iterable[tuple[float, float]]:
        cells = [row.cell(way) for way in self.compared or ()]
        if len(cells) == 2 and cells[0] and cells[1]:
            yield from zip(cells[0].values, cells[1].values, strict=True)


def _cell(way: str, unit: str, values: Iterable[float]) -> Cell | None:
    found = tuple(values)
    return Cell(way=way, values=found, unit=unit) if found else None


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What it was measured on."""

    processor: str
    cores: int
    memory_gb: int
    system: str
    versions: dict[str, str]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the whole measurement."""

    machine: Machine
    seconds: float
    load: float = 0.0
    """Programs that wanted a core before it began, for each core."""
    cases: tuple[Measured, ...]

    @property
    def disturbed(self) -> bool:
        """Whether others were at work on the machine."""
        return self.load > BUSY

    def case(self, name: str) -> Measured | None:
        """A case that was measured."""
        return next((case for case in self.cases if case.name == name and case.rows), None)


def save(results: Results, path: Path) -> None:
    """Write the file, a value per line."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")


def load(path: Path) -> Results:
    """Read a file that `save` wrote; raises `msgspec.ValidationError` for anything else."""
    return msgspec.json.decode(path.read_bytes(), type=Results)
