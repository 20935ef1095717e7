"""The `pipeline` command as a person has it: a process of its own, in an environment that holds nothing else."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import process

PROGRAM = Path(sys.executable).with_name("pipeline")
TIMEOUT = 120.0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a call ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The one JSON document that is all of standard output."""
        return json.loads(self.stdout)

    @property
    def said(self) -> str:
        """All a person sees."""
        return self.stdout + self.stderr


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """Where a person calls the command: a folder, a home, a PATH and variables."""

    folder: Path
    home: Path
    path: str = field(default_factory=lambda: os.environ["PATH"])
    variables: Mapping[str, str] = field(default_factory=dict)

    def argv(self, *arguments: str) -> list[str]:
        """The whole command line; of this process's own variables the command gets none."""
        removed = [word for name in os.environ for word in ("-u", name) if name not in self.environment]
        return ["env", *removed, str(PROGRAM), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """All the variables that the command gets."""
        return {
            "PATH": self.path,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "TMPDIR": str(self.home / "tmp"),
            "LANG": "C.UTF-8",
            **self.variables,
        }

    def run(self, *arguments: str, within: float = TIMEOUT) -> Ended:
        """Call the command and wait for its end, so many seconds at most."""
        done = process.run_sync(
            self.argv(*arguments), cwd=self.folder, env=self.environment, check=False, timeout=within
        )
        return Ended(exit_code=done.returncode, stdout=done.stdout.decode(), stderr=done.stderr)
