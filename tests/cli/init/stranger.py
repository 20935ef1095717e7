"""Somebody's clone of a monorepo that has never heard of this pipeline, and the commands they give in it."""

import json
import shlex
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import process
from pipeline.process import Completed
from tests.cli.terminal import PROGRAM

MODULE = "github.com/acme/pipeline@v1.0.0"


@dataclass(frozen=True)
class Clone:
    """A clone in ``folder``, whose images go to ``registry``."""

    folder: Path
    registry: str
    home: Path

    def run(self, *arguments: str, cwd: Path | None = None) -> Completed:
        """Call the command here, without any token."""
        environment = {"XDG_CACHE_HOME": str(self.home), "GITHUB_TOKEN": "", "REGISTRY_TOKEN": ""}
        return process.run_sync([str(PROGRAM), *arguments], cwd=cwd or self.folder, env=environment, check=False)

    def init(self, *arguments: str) -> Completed:
        """Adopt the pipeline, as the repository acme/shop."""
        known = ("--repository", "acme/shop", "--registry", self.registry, "--module", MODULE)
        return self.run("init", "--yes", *known, *arguments)

    def git(self, *arguments: str) -> str:
        """Run git here."""
        return process.run_sync(["git", "-C", str(self.folder), *arguments]).text

    def read(self, path: str) -> str:
        """A file's text."""
        return self.folder.joinpath(path).read_text()

    def write(self, path: str, text: str) -> None:
        """Write a file by hand."""
        self.folder.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        self.folder.joinpath(path).write_text(text)

    def services(self) -> Mapping[str, Any]:
        """The tables of services.toml."""
        found: dict[str, Any] = tomllib.loads(self.read("services.toml"))["services"]
        return found

    def everything(self) -> dict[str, str]:
        """All files that are not git's own."""
        files = (path for path in self.folder.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {str(path.relative_to(self.folder)): path.read_text() for path in files}

    def rehearsed(self, done: Completed) -> Any:
        """Give the command that `init` ended with, as it stands there, and return its report."""
        command = shlex.split(done.text.splitlines()[-1])
        assert command[0] == "pipeline"
        ended = self.run(*command[1:], "--engine", "local", "--json")
        report = json.loads(ended.text)
        assert (ended.returncode, report["outcome"]) == (0, "rehearsed"), report
        return report


MakeClone = Callable[..., Clone]
