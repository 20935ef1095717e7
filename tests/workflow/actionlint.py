"""The real actionlint (https://github.com/rhysd/actionlint), built once into the git-ignored cache."""

import os
import subprocess
from pathlib import Path

from pipeline.workflow.render import RUNNERS
from tests.conftest import need

VERSION = "v1.7.12"
TOOLS = Path(__file__).parents[2] / ".cache" / "tools"


def program() -> Path:
    """The program, built where it is not there yet; without Go the test is skipped."""
    folder = TOOLS / f"actionlint-{VERSION.removeprefix('v')}"
    if not folder.joinpath("actionlint").exists():
        need("go")
        environment = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-mod=mod"}
        module = f"github.com/rhysd/actionlint/cmd/actionlint@{VERSION}"
        subprocess.run(["go", "install", module], env=environment, check=True, cwd=TOOLS.parent)
    return folder / "actionlint"


def actionlint(workflow: Path) -> str:
    """What it finds wrong; nothing is good. The runners of Depot are no secret to it."""
    config = workflow.with_name("actionlint.yaml")
    config.write_text(f"self-hosted-runner:\n  labels: [{RUNNERS['depot']}]\n")
    done = subprocess.run(
        [program(), "-no-color", "-config-file", config, workflow], text=True, capture_output=True, check=False
    )
    return done.stdout + done.stderr
