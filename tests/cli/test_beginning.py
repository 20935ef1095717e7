"""A local session that cannot begin: what keeps it from that, and the next step, in one document or two lines."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.local.workspace import locked
from tests.cli.terminal import Terminal

CATALOGUE = 'repository = "acme/unkey"\nregistry = "ghcr.io/acme"\n[services.vault]\n[limits]\nlock = 0.2\n'
RELEASE = ("release", "--tag", "vault/v1.0.0", "--engine", "local")


@contextmanager
def held(cache: Path) -> Iterator[None]:
    """The cache as a run that removes images has it."""
    cache.joinpath("pipeline").mkdir(parents=True)
    with locked(cache / "pipeline" / "storage.lock"):
        yield


@pytest.mark.parametrize(
    ("name", "why", "step"),
    [
        ("a:colon", "has a colon or a comma in its path", "Set XDG_CACHE_HOME to another one"),
        ("file", "/file", "Set XDG_CACHE_HOME to a folder"),
        ("held", "another run has held", "Wait for it to end, or end it"),
    ],
)
def test_a_cache_that_cannot_be_used(terminal: Terminal, tmp_path: Path, name: str, why: str, step: str) -> None:
    terminal.folder.joinpath("services.toml").write_text(CATALOGUE)
    cache = tmp_path / name
    tmp_path.joinpath("file").touch()
    here = replace(terminal, variables={"XDG_CACHE_HOME": str(cache)})
    with held(cache) if name == "held" else nullcontext():
        text = here.run("services", "--engine", "local")
        report = here.run(*RELEASE, "--json")
    assert (text.exit_code, text.stdout) == (4, "")
    assert why in text.stderr
    assert f"\nNext: {step}" in text.stderr
    assert "Traceback" not in text.said + report.said
    assert report.exit_code == 4
    assert (report.json["outcome"], report.json["error"]["kind"]) == ("failed", "engine-unavailable")
    assert why in report.json["error"]["message"]
    assert step in report.json["error"]["next"]
