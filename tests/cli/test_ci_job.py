"""The CI run of a tag, from a ``depot`` command as it answers."""

import json
import os
from pathlib import Path

import pytest

from pipeline.cli import ci_job
from pipeline.tag import Tag

VAULT = Tag.parse("vault/v0.4.0")
LISTED = [
    {"run_id": "qtjj", "repo": "a/b", "ref": "refs/tags/vault/v0.4.0", "sha": "1", "head_sha": "", "status": "running"},
    {"run_id": "x1y2", "repo": "a/b", "ref": "refs/tags/api/v0.4.0", "sha": "1", "status": "queued"},
]


def _depot(folder: Path, monkeypatch: pytest.MonkeyPatch, *, says: str, code: int = 0) -> Path:
    """A ``depot`` on the PATH that writes down how it was called."""
    program = folder / "depot"
    program.write_text(f'#!/bin/sh\necho "$@" > "{folder}/called"\ncat <<"END"\n{says}\nEND\nexit {code}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder / "called"


def test_the_run_of_the_tag_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = _depot(tmp_path, monkeypatch, says=json.dumps(LISTED))
    runs = ci_job.running("a/b", VAULT)
    assert called.read_text() == "ci run list --repo a/b --output json\n"
    assert ci_job.told(runs) == ["CI: run qtjj is running; see depot ci status qtjj"]


@pytest.mark.parametrize(("says", "code"), [("null", 0), ("not JSON", 0), ('{"runs": []}', 0), ("[]", 1)])
def test_no_usable_answer_is_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, code: int) -> None:
    _depot(tmp_path, monkeypatch, says=says, code=code)
    assert ci_job.running("a/b", VAULT) == []


def test_without_depot_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ci_job.running("a/b", VAULT) == []
