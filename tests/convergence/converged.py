"""What must be true once a run has ended well, whatever happened before."""

from tests.binaries import stand_in
from tests.convergence.bench import Bench, Ran
from tests.convergence.cli_bench import CliBench
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


def assert_published(bench: CliBench, tag: str, *runs: Ran) -> None:
    """Every package and file once, one published release that has them, nothing left behind, and no run that says
    otherwise.
    """
    version = tag.rpartition("/v")[2]
    files = bench.files(tag)
    assert list(files) == stand_in.files(version)
    for name in bench.packages:
        assert bench.npm.versions(name) == [version]
        assert bench.npm.tags(name) == {"latest": version}
    packages = {name: bench.integrity(name, version) for name in bench.packages}
    for ran in runs:
        assert ran.exit_code == 0, (ran.report, ran.stderr)
        assert ran.outcome in ("released", "already-released")
        assert ran.report
        assert {file["name"]: file["digest"] for file in ran.report["archives"]} == files
        assert {package["name"]: package["integrity"] for package in ran.report["packages"]} == packages
    (release,) = bench.releases(tag)
    assert not release.draft
    record = bench.record(tag)
    assert record["archives"] == files
    assert record["packages"] == {f"{name}@{version}": integrity for name, integrity in packages.items()}
    assert leftovers(bench.cache, bench.temporary) == []
