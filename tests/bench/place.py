"""A monorepo to release from, and the two ways of doing it that are compared."""

import json
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.demo.monorepo import Monorepo
from pipeline.demo.monorepo_tree import SERVICES
from pipeline.local import networks, ulimits
from pipeline.process import Completed, ProgramFailed, run_sync, start
from tests.bench.servers import OWNER, Servers

HAND, OURS = "vault", "krane"
BY_HAND = Path(__file__).with_name("by_hand.sh")
PIPELINE = Path(sys.executable).with_name("pipeline")
PLATFORMS = ("linux/amd64", "linux/arm64")
LONGEST = 600.0
"""Seconds after which a release counts as hanging."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where both ways work: a repository, and their folders."""

    servers: Servers
    monorepo: Monorepo
    folder: Path
    git_url: str
    platforms: Sequence[str]
    dockerfile: str

    @property
    def name(self) -> str:
        """The repository's name at GitHub."""
        return f"{OWNER}/{self.folder.name}"

    @property
    def token(self) -> str:
        """What may release here."""
        return f"ghp_{self.folder.name}"

    @property
    def registry(self) -> str:
        """Where images go."""
        return f"{self.servers.registry.address}/{self.name}"

    def forget(self) -> None:
        """Remove both ways' caches."""
        for name in ("hand", "ours"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def tag(self, service: str) -> str:
        """A new tag on the last commit."""
        tag = f"{service}/v1.{next(self.servers.versions)}.0"
        self.monorepo.tag(tag)
        return tag

    def by_hand(self) -> float:
        """Release by the shell script; returns seconds."""
        (self.folder / "hand").mkdir(exist_ok=True)
        environment = {
            "GIT_URL": self.git_url, "REGISTRY": self.registry, "GITHUB_API": self.servers.github.url,
            "GITHUB_TOKEN": self.token, "REPOSITORY": self.name, "SERVICE": HAND,
            "VERSION": self.tag(HAND).partition("/v")[2], "PLATFORMS": ",".join(self.platforms),
            "STORAGE": str(self.folder / "hand"), "DOCKERFILE": self.dockerfile,
            "LIMITS": " ".join(ulimits.own()), **networks.none(self.folder / "helpers"),
        }  # fmt: skip
        return timed(["sh", str(BY_HAND)], environment)

    def by_pipeline(self, *services: str, engine: str = "local") -> float:
        """Release services in one call of ``pipeline release``; returns seconds."""
        return timed(self._argv(services or (OURS,), engine), self.environment)

    def peak_memory_mb(self) -> float:
        """The largest resident set of the pipeline's own process in one release, without what it starts."""
        argv = self._argv((OURS,), "local")
        process = start(argv, env=self.environment)
        peak = 0
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = max(peak, *(int(kilobytes) for kilobytes in re.findall(r"VmHWM:\s+(\d+)", status)), 0)
            time.sleep(0.01)
        if process.returncode:
            raise ProgramFailed(Completed(tuple(argv), process.returncode, b"", ""))
        return peak / 1024

    @property
    def environment(self) -> Mapping[str, str]:
        """The token and a cache of this place's own."""
        return {"GITHUB_TOKEN": self.token, "XDG_CACHE_HOME": str(self.folder / "ours")}

    @property
    def flags(self) -> list[str]:
        """The settings of every call, by the terminal command and by ``dagger call``."""
        catalogue = {"--config": str(self.folder / "services.toml"), "--github-token": "env://GITHUB_TOKEN"}
        addresses = {"--git-url": self.git_url, "--github-api": self.servers.github.url, "--registry": self.registry}
        return [word for pair in (catalogue | addresses).items() for word in pair]

    def _argv(self, services: Sequence[str], engine: str) -> list[str]:
        tags = [word for service in services for word in ("--tag", self.tag(service))]
        return [str(PIPELINE), "release", *tags, "--engine", engine, *self.flags]


def place(
    servers: Servers,
    monorepo: Monorepo,
    name: str,
    *,
    platforms: Sequence[str] = PLATFORMS,
    dockerfile: str = "Dockerfile",
) -> Place:
    """Make a monorepo a place to release from: a catalogue, a repository at GitHub, and a token for it."""
    folder = servers.root / "places" / name
    folder.mkdir(parents=True)
    made = Place(
        servers=servers,
        monorepo=monorepo,
        folder=folder,
        git_url=servers.git.url_of(monorepo.git_dir),
        platforms=platforms,
        dockerfile=dockerfile,
    )
    servers.github.add_repository(made.name, git_dir=monorepo.git_dir)
    servers.github.add_token(made.token, permissions={made.name: "push"})
    services = "".join(f'[services.{service}]\ndockerfile = "{dockerfile}"\n' for service in SERVICES)
    (folder / "services.toml").write_text(
        f'repository = "{made.name}"\nregistry = "ghcr.io/{OWNER}"\nplatforms = {json.dumps(platforms)}\n{services}'
    )
    return made


def timed(argv: Sequence[str], environment: Mapping[str, str]) -> float:
    """Run a program to its end; returns seconds. Raises `pipeline.process.ProcessError`."""
    began = time.perf_counter()
    run_sync(argv, env=environment, timeout=LONGEST)
    return time.perf_counter() - began
