"""A person's clone of a monorepo, in which they call `pipeline tag`."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import application
from pipeline.demo.fast_import import ISOLATED
from pipeline.demo.monorepo import Monorepo
from pipeline.process import run_sync

PERSON = {
    "GIT_AUTHOR_NAME": "A Person",
    "GIT_AUTHOR_EMAIL": "person@example.com",
    "GIT_COMMITTER_NAME": "A Person",
    "GIT_COMMITTER_EMAIL": "person@example.com",
    **ISOLATED,
}

CATALOGUE = """\
repository = "unkeyed/unkey"
registry = "ghcr.io/unkeyed"
[services.api]
paths = ["svc/api", "docs"]
[services.vault]
paths = ["svc/vault"]
[services.krane]
paths = ["svc/krane"]
[services.web]
[services.cli]
kind = "cli"
npm = "unkey"
"""

COUNTING = "#!/bin/sh\nwc -l >> pushes\n"
"""A post-receive hook that writes down how many refs every push had (githooks(5))."""


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """How a call ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.stdout)

    @property
    def states(self) -> Mapping[str, str]:
        """What became of each tag."""
        return {tag["tag"]: tag["state"] for tag in self.report["tags"]}


@dataclass(frozen=True, kw_only=True)
class Clone:
    """The clone in ``folder``, whose origin is ``monorepo`` at ``url``."""

    monorepo: Monorepo
    url: str
    folder: Path
    monkeypatch: pytest.MonkeyPatch = field(repr=False)

    def git(self, *arguments: str) -> str:
        """Run git here."""
        return run_sync(["git", "-C", str(self.folder), *arguments], env=PERSON).text

    def tag(self, *arguments: str, answer: str = "") -> Tagged:
        """Call `pipeline tag`, and give an answer where it asks."""
        self.monkeypatch.chdir(self.folder)
        result = CliRunner().invoke(application(), ["tag", *arguments], input=answer, env={**os.environ, **PERSON})
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Tagged(exit_code=result.exit_code, stdout=result.stdout, stderr=result.stderr)

    def planned(self, *arguments: str) -> Any:
        """The plan for one tag, as a program gets it."""
        tagged = self.tag(*arguments, "--dry-run", "--json")
        assert tagged.exit_code == 0, tagged
        [tag] = tagged.report["tags"]
        return tag

    def tags(self) -> set[str]:
        """The tags of the clone."""
        return set(self.git("tag").splitlines())

    @property
    def origin(self) -> Mapping[str, str]:
        """Origin's tags, with the commits they lead to."""
        refs = self.monorepo.refs()
        return {name.removeprefix("refs/tags/"): sha for name, sha in refs.items() if name.startswith("refs/tags/")}

    def hook(self, name: str, script: str) -> Path:
        """Put a hook into origin."""
        hook = self.monorepo.git_dir / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(script)
        hook.chmod(0o755)
        return hook
