"""What must be true once a run has ended well, whatever happened before."""

from tests.convergence.bench import Bench, Ran
from tests.convergence.leftovers import leftovers


def assert_converged(bench: Bench, tag: str, *runs: Ran) -> None:
    """One digest, one published release that names it, nothing left behind, and no run that says otherwise."""
    version = tag.rpartition("/")[2]
    digest = bench.registry.digest(bench.image, version)
    for ran in runs:
        assert ran.exit_code == 0, (ran.report, ran.stderr)
        assert ran.outcome in ("released", "already-released")
        assert ran.digest == digest
    assert bench.registry.tags(bench.image) == [version]
    (release,) = bench.releases(tag)
    assert not release.draft
    assert bench.record(tag)["image"]["digest"] == digest
    assert leftovers(bench.cache, bench.temporary) == []
