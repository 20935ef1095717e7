"""`pipeline tag --dry-run` in a monorepo of many years."""

import resource
from pathlib import Path

import pytest

from pipeline.demo.large_history import large_history
from pipeline.demo.monorepo_tree import SERVICES
from pipeline.process import run_sync
from tests.cli.terminal import Terminal
from tests.conftest import need

LIMIT = 2.0
"""Seconds after the fetch."""

CATALOGUE = 'repository = "a/b"\nregistry = "ghcr.io/a"\n[services.vault]\npaths = ["svc/03", "pkg"]\n'


def tags(count: int) -> list[str]:
    """Tags of all services in turn, every third one a candidate."""
    turns = [(SERVICES[number % len(SERVICES)], number // len(SERVICES) + 1) for number in range(count)]
    return [f"{service}/v{turn // 100}.{turn % 100}.1{'-rc.1' if turn % 3 == 0 else ''}" for service, turn in turns]


@pytest.mark.parametrize(
    ("commits", "tagged"), [(500, 100), pytest.param(100_000, 5_000, marks=pytest.mark.full)], ids=["small", "whole"]
)
def test_a_plan_is_quick(terminal: Terminal, tmp_path: Path, commits: int, tagged: int) -> None:
    need("git")
    monorepo = large_history(tmp_path / "large.git", commits, tags(tagged))
    run_sync(["git", "clone", "--quiet", str(monorepo.git_dir), str(tmp_path / "clone")])
    terminal.folder.joinpath("services.toml").write_text(CATALOGUE)
    before = processor_seconds()
    ended = terminal.run("tag", "vault", "--dry-run", "--no-fetch", "--json", "--clone", str(tmp_path / "clone"))
    used = processor_seconds() - before
    assert ended.exit_code == 0, ended.stderr
    assert 0 < ended.json["tags"][0]["commit_count"] < commits / 10
    assert used < LIMIT, f"{used:.2f} s"


def processor_seconds() -> float:
    """What all programs that this process started, and that ended, have used so far; others at work do not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
