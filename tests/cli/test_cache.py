"""`pipeline cache`: what is kept is shown, goes on request, and once a day by itself."""

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.local.workspace import workspace
from tests.cli.terminal import Terminal
from tests.conftest import need

DAY = 86400.0
CATALOGUE = 'repository = "acme/unkey"\nregistry = "ghcr.io/acme"\n[limits]\ncache_days = 7\n[services.vault]\n'


@pytest.fixture
def here(terminal: Terminal, tmp_path: Path) -> Terminal:
    """A person with a cache of two remotes, one of which was used ten days ago."""
    tmp_path.joinpath("services.toml").write_text(CATALOGUE)
    for name, days in (("new", 0), ("old", 10)):
        folder = cache_of(tmp_path) / "git" / name
        folder.mkdir(parents=True)
        folder.joinpath("pack").write_bytes(b"x" * 1_000_000)
        aged(folder, days=days)
    return replace(terminal, variables={"XDG_CACHE_HOME": str(tmp_path / "cache")})


def cache_of(folder: Path) -> Path:
    return folder / "cache" / "pipeline"


def aged(path: Path, *, days: float) -> None:
    os.utime(path, (time.time() - days * DAY,) * 2)


def kept(here: Terminal) -> list[str]:
    return sorted(path.name for path in cache_of(here.folder).glob("git/*"))


def test_it_is_shown(here: Terminal) -> None:
    said = here.run("cache")
    assert (said.exit_code, said.stderr) == (0, "")
    assert "git remotes (2)  2.0 MB  today" in said.stdout
    assert "nothing that no run has used for 7 days" in said.stdout
    assert [Path(entry["path"]).name for entry in here.run("cache", "--json").json["kept"]] == ["new", "old"]


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ((), ["new", "old"]),
        (("--prune",), ["new"]),
        (("--prune", "--older-than", "2w"), ["new", "old"]),
        (("--prune", "--older-than", "2w", "--keep", "1.5MB"), ["new"]),
        (("--prune", "--older-than", "2w", "--keep", "0"), []),
        (("--clear",), []),
    ],
    ids=" ".join,
)
def test_it_goes_on_request(here: Terminal, arguments: Sequence[str], left: list[str]) -> None:
    ended = here.run("cache", *arguments, "--json")
    assert ended.exit_code == 0
    assert kept(here) == left
    assert sorted(Path(entry["path"]).name for entry in ended.json["kept"]) == left
    assert len(ended.json["removed"]) == 2 - len(left)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--prune", "--keep", "10 things"), "'10 things'"),
        (("--prune", "--older-than", "30"), "'30'"),
        (("--prune", "--older-than", "-1d"), "'-1d'"),
        (("--keep", "10GB"), "--prune"),
        (("--prune", "--clear"), "--clear"),
    ],
)
def test_what_makes_no_sense(here: Terminal, arguments: Sequence[str], word: str) -> None:
    ended = here.run("cache", *arguments)
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert word in ended.stderr
    assert kept(here) == ["new", "old"]


def test_a_run_that_uses_it_is_left_alone(here: Terminal) -> None:
    with workspace(cache_of(here.folder)):
        ended = here.run("cache", "--clear", "--json")
    assert (ended.exit_code, ended.json["error"]["kind"]) == (4, "engine-unavailable")
    assert kept(here) == ["new", "old"]


def test_it_works_without_a_catalogue_and_without_a_cache(terminal: Terminal, tmp_path: Path) -> None:
    bare = replace(terminal, variables={"XDG_CACHE_HOME": str(tmp_path / "none")})
    assert "30 days" in bare.run("cache").stdout
    assert bare.run("cache", "--clear").exit_code == 0


def test_it_goes_by_itself_once_a_day_after_a_run(here: Terminal) -> None:
    need("git")
    stamp = cache_of(here.folder) / "tidied"
    call = ("services", "--engine", "local")
    assert here.run(*call).exit_code == 0
    assert kept(here) == ["new", "old"], "a cache that is new is not looked at"
    here.run(*call)
    assert kept(here) == ["new", "old"], "not twice a day"
    aged(stamp, days=2)
    refused = here.run("release", "--tag", "vault", "--engine", "local")
    assert (refused.exit_code, kept(here)) == (2, ["new", "old"])
    tidied = here.run(*call)
    assert (tidied.exit_code, kept(here)) == (0, ["new"])
    assert "cache: removed 1.0 MB" in tidied.stderr
    assert "removed" not in tidied.stdout


def test_a_run_does_not_fail_over_its_cache(here: Terminal) -> None:
    stamp = cache_of(here.folder) / "tidied"
    stamp.touch()
    aged(stamp, days=2)
    with workspace(cache_of(here.folder)):
        ended = here.run("services", "--engine", "local")
    assert (ended.exit_code, kept(here)) == (0, ["new", "old"])
    assert "Traceback" not in ended.stderr
