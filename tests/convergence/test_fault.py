"""Whatever git, the registry or GitHub do: a run succeeds, or says who failed it and what to do, and the next one ends
well.
"""

from collections.abc import Iterator

import pytest

from tests.convergence.bench import Bench
from tests.convergence.converged import assert_converged
from tests.convergence.counts import tell
from tests.convergence.fault_matrix import Case, Matrix

MATRIX = Matrix(
    name="fault matrix",
    requests={
        "git": {"refs": ("GET", "info/refs"), "pack": ("POST", "git-upload-pack$")},
        "registry": {
            "read": ("GET", "/manifests/v"),
            "blob": ("GET", "/blobs/sha256"),
            "upload": ("POST", "/blobs/uploads/"),
            "layer": ("PATCH", "/blobs/uploads/"),
            "layer-end": ("PUT", "/blobs/uploads/"),
            "manifest": ("PUT", "/manifests/sha256"),
            "index": ("PUT", "/manifests/v"),
        },
        "github": {
            "repository": ("GET", r"/repos/[^/]+/[^/?]+$"),
            "by-tag": ("GET", "/releases/tags/"),
            "history": ("GET", "/compare/"),
            "list": ("GET", r"/releases\?"),
            "draft": ("POST", r"/releases$"),
            "claim": ("POST", r"/assets\?label=claim"),
            "claimed": ("GET", r"/releases/\d+$"),
            "give-back": ("DELETE", r"/releases/assets/\d+$"),
            "asset": ("POST", r"/assets\?label=&"),
            "publish": ("PATCH", r"/releases/\d+$"),
        },
    },
    assert_converged=assert_converged,
)

REDUCED = [
    ("git", "refs", "502"), ("git", "pack", "truncated"), ("registry", "read", "404"), ("registry", "read", "503"),
    ("registry", "layer", "reset-mid-body"), ("registry", "index", "answer-lost"),
    ("github", "by-tag", "429"), ("github", "draft", "answer-lost"), ("github", "publish", "done-then-502"),
    ("github", "asset", "403"), ("github", "claim", "answer-lost"), ("github", "give-back", "403"), ("git", "all", "refused"),
]  # fmt: skip


@pytest.mark.parametrize("case", [Case(*case) for case in REDUCED], ids=str)
def test_a_fault(bench: Bench, case: Case, matrix: Matrix) -> None:
    matrix.check(bench, case, again=False)


@pytest.mark.full
@pytest.mark.parametrize("case", MATRIX.whole(), ids=str)
def test_every_fault(bench: Bench, case: Case, matrix: Matrix) -> None:
    matrix.check(bench, case, again=True)


@pytest.fixture(scope="module")
def matrix() -> Iterator[Matrix]:
    yield MATRIX
    tell(MATRIX.told())
