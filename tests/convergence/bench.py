"""A service of two platforms behind three proxies, and the terminal command run against it as a process of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.demo.github import GitHubDouble
from pipeline.demo.github.store import Release
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from tests.faults.proxy import Proxy
from tests.faults.rules import Rule

Json = dict[str, Any]

PIPELINE = Path(sys.executable).with_name("pipeline")
SERVICE = "vault"
PLATFORMS = ("linux/amd64", "linux/arm64")
GITHUB_TOKEN = "ghp_0123456789abcdefConvergence"
TOKENS = {"CONVERGENCE_GITHUB_TOKEN": GITHUB_TOKEN}
LONG = 120.0
"""Seconds after which a run counts as hanging."""

LIMITS = {
    "attempts": 3, "first_wait": 0.01, "longest_wait": 0.05, "patience": 3, "github_request": 2,
    "git_refs": 6, "git_fetch": 20, "git_quiet": 1, "registry_read": 6, "registry_copy": 12,
}  # fmt: skip
"""Short enough that a test sees them end."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run that ended: its exit code, its report (None where it never came to one), and all it said."""

    exit_code: int
    report: Json | None
    stderr: str

    @property
    def digest(self) -> str | None:
        """The image's digest, as the report tells it."""
        return self.report["image"]["digest"] if self.report and self.report["image"] else None

    @property
    def outcome(self) -> str | None:
        """How the report says it ended."""
        return self.report["outcome"] if self.report else None

    @property
    def error(self) -> Json:
        """Why it stopped."""
        assert self.report
        found: Json = self.report["error"]
        return found

    def built(self) -> bool:
        """Whether a build was started."""
        assert self.report
        return any(stage["name"] == "build" and stage["outcome"] == "done" for stage in self.report["stages"])


@dataclass(kw_only=True)
class Bench:
    """Everything one release touches; ``use`` gives it empty places to release to."""

    root: Path
    monorepo: Monorepo
    registry: Registry
    github: GitHubDouble
    git_proxy: Proxy
    registry_proxy: Proxy
    github_proxy: Proxy
    git_path: str
    repository: str
    slow: str
    """A commit whose image is built by running programs."""
    quick: str
    """A commit whose image is built in no time."""
    service: str = SERVICE
    tokens: Mapping[str, str] = field(default_factory=lambda: dict(TOKENS))
    """What runs find in their environment."""
    place: str = "first"
    limits: Mapping[str, float] = field(default_factory=lambda: dict(LIMITS))
    services: tuple[str, ...] = (SERVICE,)
    said: list[str] = field(default_factory=list)
    """Everything that runs have printed."""

    @property
    def cache(self) -> Path:
        """The local session's folder."""
        return self.root / "cache" / "pipeline"

    @property
    def temporary(self) -> Path:
        """What runs take for ``/tmp``."""
        return self.root / "tmp"

    @property
    def image(self) -> str:
        """The image's name within the registry."""
        return f"{self.place}/{self.service}"

    def use(self, place: str) -> None:
        """Release to another part of the registry from now on, and forget all GitHub releases and all faults."""
        self.place = place
        repository = self.github.store.repositories[self.repository]
        repository.releases.clear()
        repository.latest_id = None
        self.clear()

    @property
    def proxies(self) -> tuple[Proxy, ...]:
        """All that faults can come from."""
        return (self.git_proxy, self.registry_proxy, self.github_proxy)

    def clear(self) -> None:
        """End all faults."""
        for proxy in self.proxies:
            proxy.clear()

    def tag(self, version: str, commit: str = "refs/heads/main") -> str:
        """Make a release tag."""
        name = f"{self.service}/{version}"
        self.monorepo.tag(name, commit)
        return name

    def start(
        self, tag: str, *arguments: str, verb: str = "release", cache: Path | None = None
    ) -> subprocess.Popen[str]:
        """Start a release, or another verb for a tag."""
        for folder in (self.temporary, self.root / "cache"):
            folder.mkdir(exist_ok=True)
        home = {"XDG_CACHE_HOME": str(cache or self.root / "cache"), "TMPDIR": str(self.temporary)}
        return subprocess.Popen(
            self.command(verb, tag, *arguments),
            env={**os.environ, **self.tokens, **home},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.root,
        )

    def command(self, verb: str, tag: str, *arguments: str) -> list[str]:
        """The command line."""
        flags = [word for pair in self.flags().items() for word in pair]
        return [str(PIPELINE), verb, "--tag", tag, "--json", *flags, *arguments]

    def flags(self) -> dict[str, str]:
        """What every call is given."""
        return {
            "--config": str(self._catalogue()),
            "--github-token": "env://CONVERGENCE_GITHUB_TOKEN",
            "--github-api": self.github_proxy.url,
            "--git-url": f"{self.git_proxy.url}/{self.git_path}",
            "--engine": "local",
        }

    def ended(self, run: subprocess.Popen[str]) -> Ran:
        """Wait for a run, and keep what it said."""
        try:
            stdout, stderr = run.communicate(timeout=LONG)
        except subprocess.TimeoutExpired:
            run.kill()
            stdout, stderr = run.communicate()
            raise AssertionError(f"the run hung:\n{stderr}\n{stdout}") from None
        self.said += [stdout, stderr]
        report = json.loads(stdout) if stdout.startswith("{") else None
        return Ran(exit_code=run.returncode, report=report, stderr=stderr)

    def release(self, tag: str, *arguments: str, cache: Path | None = None) -> Ran:
        """Release and wait."""
        return self.ended(self.start(tag, *arguments, cache=cache))

    def killed(self, tag: str, rule: Rule) -> bool:
        """Release, and kill the run by SIGKILL at the moment a rule strikes; False when it ended before that."""
        run = self.start(tag)
        while run.poll() is None and not rule.struck.wait(0.01):
            pass
        struck = rule.struck.is_set()
        self.kill(run)
        return struck

    def kill(self, run: subprocess.Popen[str], number: signal.Signals = signal.SIGKILL) -> Ran:
        """Send a signal to the run itself, not to its children, and wait for its end."""
        if run.poll() is None:
            run.send_signal(number)
        return self.ended(run)

    def releases(self, tag: str) -> list[Release]:
        """What GitHub has for a tag, drafts too."""
        releases = self.github.store.repositories[self.repository].releases.values()
        return [release for release in releases if release.tag_name == tag]

    def record(self, tag: str) -> Json:
        """The record on a tag's release."""
        (release,) = self.releases(tag)
        (asset,) = [asset for asset in release.assets.values() if asset.name == "release.json"]
        found: Json = json.loads(asset.content)
        return found

    def _catalogue(self) -> Path:
        limits = "\n".join(f"{name} = {value}" for name, value in self.limits.items())
        path = self.root / f"services-{self.place}.toml"
        path.write_text(
            f'repository = "{self.repository}"\nregistry = "{self.registry_proxy.address}/{self.place}"\n'
            f"platforms = {json.dumps(PLATFORMS)}\n{self.tables()}\n[limits]\n{limits}\n"
        )
        return path

    def tables(self) -> str:
        """The services' tables of the catalogue."""
        return "\n".join(f"[services.{service}]" for service in self.services)
