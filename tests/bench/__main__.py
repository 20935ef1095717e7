"""Measure releases by this pipeline and by hand, and how their cost grows: ``python -m tests.bench``, or ``make bench``."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from tests.bench import machine, report
from tests.bench.case import Case
from tests.bench.cases import CASES
from tests.bench.results import BUSY, Results, load, save
from tests.bench.scale import FULL, QUICK, Scale
from tests.bench.servers import servers
from tests.bench.table import on_terminal

ROOT = Path(__file__).parents[2]

out = Console()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for, print it, and write it; returns the exit code."""
    options = _parser().parse_args(arguments)
    folder, readme = (options.out, None) if options.out else (ROOT / "docs", ROOT / "README.md")
    if not options.render:
        cases = [case for case in CASES if not options.only or case.name.startswith(tuple(options.only))]
        if not cases:
            names = ", ".join(case.name for case in CASES)
            out.print(f"There is no case {' or '.join(options.only)}. Name one of {names}.")
            return 2
        results = _measure(cases, _scale(options))
        if not options.out and (options.only or options.quick):
            out.print("Nothing was written, as this is not the whole measurement; --out FOLDER writes it there.")
            return _exit_code(results)
        folder.mkdir(parents=True, exist_ok=True)
        save(results, folder / report.JSON)
    report.write(folder, readme)
    out.print(
        f"Written: {', '.join(str(folder / name) for name in (report.JSON, report.PAGE, report.PLOT))}", soft_wrap=True
    )
    return _exit_code(load(folder / report.JSON))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", action="append", metavar="CASE", help="cases whose names begin so; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small sizes, one run of each: to see that it works")
    parser.add_argument("--rounds", type=int, metavar="N", help="how often everything is run")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where the report goes, instead of docs")
    parser.add_argument("--render", action="store_true", help="measure nothing; make the report from its JSON file")
    return parser


def _scale(options: argparse.Namespace) -> Scale:
    scale = QUICK if options.quick else FULL
    return replace(scale, pairs=options.rounds, rounds=options.rounds) if options.rounds else scale


def _measure(cases: Sequence[Case], scale: Scale) -> Results:
    others = machine.load()
    if others > BUSY:
        out.print(
            f"[yellow]Others are at work on this machine (load {others:.1f} per core): figures will be too high.[/]"
        )
    began = time.perf_counter()
    measured = []
    with TemporaryDirectory(prefix="pipeline-bench-") as folder, servers(Path(folder)) as running:
        for number, case in enumerate(cases, start=1):
            with out.status(f"{case.name} ({number} of {len(cases)})"):
                measured.append(case.run(running, scale))
            out.print(on_terminal(measured[-1]))
    seconds = time.perf_counter() - began
    out.print(f"The whole took {seconds / 60:.1f} minutes.")
    return Results(machine=machine.describe(), seconds=seconds, load=others, cases=tuple(measured))


def _exit_code(results: Results) -> int:
    """A case without figures is no failure where the machine lacks what it is about, and is one where it broke off."""
    return 1 if any(case.failed for case in results.cases) else 0


if __name__ == "__main__":
    sys.exit(main())
