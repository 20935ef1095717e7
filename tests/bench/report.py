"""The page and the README's table, made from a file of measurements and nothing else."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.case import BY_HAND, PIPELINE
from tests.bench.results import Measured, Results, load
from tests.bench.table import header, line, median

WAYS = (BY_HAND, PIPELINE)
JSON, PAGE, PLOT = "bench.json", "bench.md", "bench.svg"
BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"

INTRODUCTION = """\
# What it costs

Written by `make bench`, from the measurements in [bench.json](bench.json). A cell holds the median, and in brackets the
smallest and the largest value. *By hand* is the same work as a shell script,
[`tests/bench/by_hand.sh`](../tests/bench/by_hand.sh): `git fetch`, `merge-base`, `archive`, `buildah bud`,
`manifest push`, two API calls. Every pair of runs is made in turn, and differences and ratios are of pairs. Git server,
registry and GitHub's API are on the same machine, so the network costs nothing, and what they use is in the figures.

![Medians of all cases that grow](bench.svg)

## Measure again

    make bench                              # everything; writes this page, the plot and bench.json
    make bench BENCH="--only growth.tags"   # one case, or several by the beginning of their name; writes nothing
    make bench BENCH="--quick --out /tmp/b" # small sizes, one run of each, written elsewhere

A Dagger engine is measured where there is a `dagger` command or a session (`DAGGER_SESSION_PORT`). Leave the machine
alone meanwhile: with others at work on it every figure is too high.
"""


def page(results: Results) -> str:
    """``docs/bench.md``."""
    parts = [INTRODUCTION, _machine(results), *map(_section, results.cases)]
    return "\n".join(parts)


def _machine(results: Results) -> str:
    machine = results.machine
    kind = f"{machine.cores} cores ({machine.processor}), {machine.memory_gb} GB of memory, {machine.system}"
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    lines = [
        "## The machine",
        "",
        f"- {kind}",
        f"- {versions}",
        "",
        f"The whole took {results.seconds / 60:.0f} minutes.",
    ]
    if results.disturbed:
        lines += [f"**Others were at work on it (load {results.load:.1f} per core): every figure is too high.**"]
    return "\n".join([*lines, ""])


def _section(case: Measured) -> str:
    lines = [f"## {case.title}", "", f"`{case.name}`: {case.about}{_runs(case)}", ""]
    if case.rows:
        lines += [*_markdown(header(case), [line(case, row) for row in case.rows]), ""]
    if case.note:
        lines += [case.note, ""]
    return "\n".join(lines)


def _runs(case: Measured) -> str:
    counts = sorted({len(cell.values) for row in case.rows for cell in row.cells})
    return f" Runs of each: {' or '.join(map(str, counts))}." if counts else ""


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"


def summary(results: Results) -> str:
    """The README's figures: one release by hand and by the pipeline, its memory, and the most services at once."""
    parts = []
    if case := results.case("release"):
        rows = [[row.of, *(median(cell) for way in WAYS if (cell := row.cell(way)))] for row in case.rows]
        parts.append("\n".join(_markdown(["one release", *WAYS], rows)))
    others = ", with others at work on them: every figure is too high" if results.disturbed else ""
    sentences = [f"Measured on {results.machine.cores} cores{others}.", *_memory(results), *_services(results)]
    return "\n\n".join([*parts, "\n".join(sentences)])


def _memory(results: Results) -> Iterator[str]:
    case = results.case("memory")
    if case and (peak := case.rows[0].cell(PIPELINE)):
        yield f"The pipeline's own process peaks at {peak.median:.0f} MB."


def _services(results: Results) -> Iterator[str]:
    case = results.case("growth.services")
    if case and (ratio := case.ratio(case.rows[-1])):
        yield f"{case.rows[-1].of} services in one call take {ratio.median:.2f} of the time of a call for each."


def with_summary(text: str, results: Results) -> str:
    """The README's text with its table made anew, between its two marks."""
    new = f"{BEGIN}\n\n{summary(results)}\n\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: new, text, flags=re.DOTALL)


def write(folder: Path, readme: Path | None = None) -> None:
    """Make page and plot from the JSON file in the same folder, and the README's table if there is a README."""
    from tests.bench.plot import plot

    results = load(folder / JSON)
    (folder / PAGE).write_text(page(results))
    plot(results, folder / PLOT)
    if readme:
        readme.write_text(with_summary(readme.read_text(), results))
