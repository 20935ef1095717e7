"""A workflow as its runner sees it: parsed, and its shell steps run where a stand-in for the runner is set up."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.catalogue import Catalogue
from pipeline.workflow import render
from tests.conftest import need

ROOT = Path(__file__).parents[2]

CATALOGUE = Catalogue.parse("""\
repository = "acme/shop"
registry = "ghcr.io/acme"
[services.api]
[services.control-api]
[services.cli]
kind = "cli"
npm = "shop"
""")

REPORT = """\
{
  "tag": "api/v1.0.0", "service": "api", "version": "1.0.0", "prerelease": false, "dry_run": false,
  "commit": "408e57c0a0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5", "outcome": "released",
  "image": {"reference": "ghcr.io/acme/api:v1.0.0", "digest": "sha256:0123", "platforms": ["linux/amd64"]},
  "release": {"url": "https://github.com/acme/shop/releases/tag/api%2Fv1.0.0", "prerelease": false, "latest": true},
  "stages": [{"name": "resolve", "outcome": "done", "seconds": 0.25, "detail": "a | b"}]
}
"""


Step = Callable[[str, str], dict[str, Any]]
"""A workflow's step, by the workflow's text and the step's name."""


def parsed(text: str) -> Any:
    return YAML(typ="safe").load(text)


def steps(text: str) -> list[dict[str, Any]]:
    (job,) = parsed(text)["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


@dataclass(frozen=True)
class Job:
    """A runner's folders and variables; `programs` is what is on its PATH before everything else."""

    home: Path
    variables: Mapping[str, str]

    @property
    def programs(self) -> Path:
        return self.home / "programs"

    def program(self, name: str, script: str) -> None:
        """Put a stand-in on the PATH; ``$CALLS`` is where it can write what it was asked."""
        path = self.programs / name
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    @property
    def calls(self) -> list[list[str]]:
        """How stand-ins were called: the arguments, one call after the other."""
        calls = self.home / "calls"
        return [line.split("\x1f") for line in calls.read_text().splitlines()] if calls.exists() else []

    def run(self, step: Mapping[str, Any], **changed: str) -> subprocess.CompletedProcess[str]:
        """Run a shell step as a runner does (`shell: bash`), with its own constant variables and some changed."""
        constant = {name: value for name, value in step.get("env", {}).items() if "${{" not in value}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={**self.variables, **constant, **changed},
            cwd=self.home / "checkout",
            text=True,
            capture_output=True,
            check=False,
        )


@pytest.fixture
def job(tmp_path: Path) -> Job:
    need("bash", "tar", "sha256sum", "sed")
    for folder in ("temp", "programs", "checkout"):
        (tmp_path / folder).mkdir()
    return Job(
        tmp_path,
        {
            "PATH": f"{tmp_path / 'programs'}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(tmp_path / "temp"),
            "GITHUB_PATH": str(tmp_path / "path"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "GITHUB_REF_NAME": "api/v1.0.0",
            "GITHUB_REF": "refs/tags/api/v1.0.0",
            "GITHUB_REF_TYPE": "tag",
            "CALLS": str(tmp_path / "calls"),
        },
    )


@pytest.fixture(params=render.CIS)
def release_workflow(request: pytest.FixtureRequest) -> str:
    return render.render(CATALOGUE, ci=request.param, kind="release")


@pytest.fixture
def step() -> Step:
    return lambda text, name: next(step for step in steps(text) if step["name"] == name)
