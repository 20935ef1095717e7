"""Whatever the npm registry does to a release of a command-line tool: it succeeds, or says what to do, and the next
call ends well.
"""

from collections.abc import Iterator

import pytest

from tests.convergence.cli_bench import CliBench
from tests.convergence.converged import assert_published
from tests.convergence.counts import tell
from tests.convergence.fault_matrix import FAULTS, STAYS, Case, Matrix
from tests.faults.rules import Alter, Answer

MAIN = r"^/unkey-p[0-9a-f]+"

MATRIX = Matrix(
    name="fault matrix, npm",
    requests={
        "npm": {
            "read": ("GET", rf"{MAIN}\?write"),
            "read-platform": ("GET", rf"{MAIN}-(linux|darwin)"),
            "whoami": ("GET", "/-/whoami"),
            "write": ("PUT", rf"{MAIN}$"),
            "write-platform": ("PUT", rf"{MAIN}-(linux|darwin)"),
        }
    },
    faults={
        **{name: fault for name, fault in FAULTS.items() if name != "wrong-content"},
        "429-for-long": Answer(429, headers={"Retry-After": "3600"}),
        "html": Alter(body=lambda _: b"<html>Log in to this network"),
        "other-json": Alter(body=lambda _: b"[]"),
    },
    stays=STAYS | {"429-for-long"},
    assert_converged=assert_published,
)

REDUCED = [("read", "429"), ("write-platform", "answer-lost"), ("write", "403"), ("all", "refused")]


@pytest.mark.parametrize("case", [Case("npm", *case) for case in REDUCED], ids=str)
def test_a_fault(tool_bench: CliBench, case: Case, matrix: Matrix) -> None:
    matrix.check(tool_bench, case, again=False)


@pytest.mark.full
@pytest.mark.parametrize("case", MATRIX.whole(), ids=str)
def test_every_fault(tool_bench: CliBench, case: Case, matrix: Matrix) -> None:
    matrix.check(tool_bench, case, again=True)


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    yield MATRIX
    tell(MATRIX.told())
