"""The measurement itself: a pair of releases that are both whole, and requests that are counted."""

from collections.abc import Iterator

import pytest

from tests.bench import case
from tests.bench.__main__ import main
from tests.bench.place import HAND, OURS, PIPELINE, place, timed
from tests.bench.release import pairs
from tests.bench.servers import Servers, servers
from tests.bench.traffic import fetches, watched
from tests.conftest import need
from tests.site import QUICK


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    need("git", "buildah", "skopeo", "docker-registry", "busybox", "curl")
    with servers(tmp_path_factory.mktemp("bench")) as made:
        yield made


def test_both_ways_of_a_pair_release(running: Servers) -> None:
    here = place(running, running.small("pair", Dockerfile=QUICK), "pair")
    row = pairs(here, "cold", 1, cold=True, size=1)
    assert [(cell.way, len(cell.values)) for cell in row.cells] == [(case.BY_HAND, 1), (case.PIPELINE, 1)]
    images = {name: running.registry.tags(f"{here.name}/{name}") for name in (HAND, OURS)}
    assert [len(tags) for tags in images.values()] == [1, 1]
    releases = running.github.store.repositories[here.name].releases.values()
    assert {release.tag_name for release in releases} == {f"{name}/{tags[0]}" for name, tags in images.items()}
    assert not any(release.draft for release in releases)
    for name, (tag,) in images.items():
        assert set(running.registry.platforms(f"{here.name}/{name}", tag)) == {"linux/amd64", "linux/arm64"}


def test_fetches_are_counted_and_lists_of_refs_are_not(running: Servers) -> None:
    with watched(place(running, running.small("fetches"), "fetches")) as (here, proxy):
        check = [str(PIPELINE), "verify-ancestry", "--tag", here.tag(OURS), "--engine", "local", *here.flags]
        timed(check, here.environment)
        assert (fetches(proxy), len(proxy.journal) > 1) == (1, True)
        timed(check, here.environment)
        assert fetches(proxy) == 1, "the second check of a commit finds it in the cache"


def test_a_case_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "growth.moons"]) == 2
    assert "growth.moons" in capsys.readouterr().out
