"""Page, plot and README come from the JSON file, and from nothing else."""

import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from tests.bench import report
from tests.bench.results import Cell, Machine, Measured, Results, Row, load, save
from tests.bench.table import line

DOCS = Path(__file__).parents[2] / "docs"

GROWTH = Measured(
    name="growth.services",
    title="Several services",
    about="One call against many.",
    of="services",
    rows=(
        Row(of="1", size=1, cells=(Cell(way="one by one", values=(4.0, 5.0)), Cell(way="at once", values=(4.0, 5.0)))),
        Row(of="7", size=7, cells=(Cell(way="one by one", values=(20.0, 30.0)), Cell(way="at once", values=(10.0, 12.0)))),
    ),
    compared=("one by one", "at once"),
)  # fmt: skip
RELEASE = Measured(
    name="release",
    title="One release",
    about="Small.",
    of="caches",
    rows=(Row(of="cold", cells=(Cell(way="by hand", values=(2.0,)), Cell(way="pipeline", values=(3.5,)))),),
    compared=("by hand", "pipeline"),
)
ABSENT = Measured(name="engine", title="Engine", about="Another.", of="release", note="There is none.")
MACHINE = Machine(processor="A processor", cores=2, memory_gb=8, system="Debian", versions={"git": "2.39.5"})
RESULTS = Results(machine=MACHINE, seconds=600.0, cases=(RELEASE, GROWTH, ABSENT))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    save(RESULTS, tmp_path / report.JSON)
    tmp_path.joinpath("README.md").write_text(f"before\n\n{report.BEGIN}\nold\n{report.END}\n\nafter\n")
    report.write(tmp_path, tmp_path / "README.md")
    return tmp_path


def test_the_file_holds_everything(written: Path) -> None:
    assert load(written / report.JSON) == RESULTS


def test_the_page(written: Path) -> None:
    page = (written / report.PAGE).read_text()
    assert "| cold | 2.00 s | 3.50 s | 1.50 s | 1.75 |\n" in page
    assert "`growth.services`: One call against many. Runs of each: 2.\n" in page
    assert "| 7 | 25.00 s (20.00 to 30.00) | 11.00 s (10.00 to 12.00) | -14.00 s (-18.00 to -10.00) | 0.45" in page
    assert "- 2 cores (A processor), 8 GB of memory, Debian\n- git 2.39.5\n\nThe whole took 10 minutes.\n" in page
    assert "## Engine\n\n`engine`: Another.\n\nThere is none.\n" in page


def test_the_plot_has_what_grows_and_tells_nothing_of_where_it_was_made(written: Path) -> None:
    plot = written / report.PLOT
    texts = {element.text for element in ET.fromstring(plot.read_text()).iter("{http://www.w3.org/2000/svg}text")}
    assert {"Several services", "one by one", "at once", "services", "seconds", "7"} <= texts
    assert "One release" not in texts
    first = plot.read_bytes()
    assert str(written).encode() not in first
    report.write(written)
    assert plot.read_bytes() == first


def test_the_readme_keeps_what_is_not_figures(written: Path) -> None:
    text = (written / "README.md").read_text()
    assert text.startswith(f"before\n\n{report.BEGIN}\n\n| one release | by hand | pipeline |\n")
    assert "| cold | 2.00 s | 3.50 s |\n\nMeasured on 2 cores.\n7 services in one call take 0.45 of the time" in text
    assert text.endswith(f"{report.END}\n\nafter\n")


def test_a_disturbed_measurement_says_so() -> None:
    disturbed = msgspec.structs.replace(RESULTS, load=2.5)
    assert "**Others were at work on it (load 2.5 per core)" in report.page(disturbed)
    assert "every figure is too high" in report.summary(disturbed)
    assert "too high." not in report.summary(RESULTS) + report.page(RESULTS).partition("## The machine")[2]


def test_ratios_are_of_pairs_of_runs() -> None:
    ratio = GROWTH.ratio(GROWTH.rows[1])
    assert ratio is not None
    assert ratio.values == (0.5, 0.4)
    assert line(RELEASE, Row(of="warm", cells=())) == ["warm", "", "", "", ""]


def test_the_page_in_docs_is_of_the_measurements_beside_it() -> None:
    results = load(DOCS / report.JSON)
    assert (DOCS / report.PAGE).read_text() == report.page(results)
    assert report.summary(results) in (DOCS.parent / "README.md").read_text()
