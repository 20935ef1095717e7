"""The servers and the two ways of doing a release that are compared."""

import itertools
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.demo.git_server import GitServer
from pipeline.demo.github.double import GitHubDouble
from pipeline.demo.images import push_base_image
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from pipeline.process import run_sync, start

REPOSITORY = "bench/monorepo"
TOKEN = "ghp_bench"
HAND, OURS = "vault", "krane"
BY_HAND = Path(__file__).with_name("by_hand.sh")
PIPELINE = Path(sys.executable).with_name("pipeline")

CATALOGUE = f"""\
repository = "{REPOSITORY}"
registry = "ghcr.io/bench"
platforms = ["linux/amd64", "linux/arm64"]
[services.{OURS}]
[services.{OURS}-long]
dockerfile = "Dockerfile.long"
"""

LONG = """\
FROM --platform=$BUILDPLATFORM {base} AS build
ARG SERVICE VERSION REVISION CREATED TARGETARCH
RUN end=$(( $(date +%s) + {seconds} )); while [ $(date +%s) -lt $end ]; do :; done; echo $TARGETARCH > /program
FROM {base}
COPY --from=build /program /program
"""


@dataclass(kw_only=True)
class Rig:
    """Where both ways work: their servers, their folders, and a version number that was never used."""

    root: Path
    monorepo: Monorepo
    git_url: str
    registry: str
    github_api: str
    versions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def forget(self) -> None:
        """Remove both ways' caches."""
        for name in ("hand", "ours"):
            _remove_storage(self.root / name)

    def by_hand(self, *, long: bool) -> float:
        """Release by the shell script; returns seconds."""
        version = self._tag(HAND)
        (self.root / "hand").mkdir(exist_ok=True)
        return _timed(
            ["sh", str(BY_HAND)],
            {
                "GIT_URL": self.git_url, "REGISTRY": f"{self.registry}/bench", "GITHUB_API": self.github_api,
                "GITHUB_TOKEN": TOKEN, "REPOSITORY": REPOSITORY, "SERVICE": HAND, "VERSION": version,
                "STORAGE": str(self.root / "hand"), "DOCKERFILE": "Dockerfile.long" if long else "Dockerfile",
            },
        )  # fmt: skip

    def by_pipeline(self, *, long: bool) -> float:
        """Release by ``pipeline release``; returns seconds."""
        return _timed(*self._release(long=long))

    def peak_memory_mb(self) -> float:
        """The largest resident set of the pipeline's own process in one release, without what it starts."""
        argv, environment = self._release(long=False)
        process = start(argv, env=environment)
        peak = 0
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = max(peak, *(int(kilobytes) for kilobytes in re.findall(r"VmHWM:\s+(\d+)", status)), 0)
            time.sleep(0.01)
        return peak / 1024

    def _release(self, *, long: bool) -> tuple[list[str], dict[str, str]]:
        service = f"{OURS}-long" if long else OURS
        argv = [str(PIPELINE), "release", "--tag", f"{service}/v{self._tag(service)}", "--engine", "local"]
        argv += ["--config", str(self.root / "services.toml"), "--github-token", "env://GITHUB_TOKEN"]
        argv += ["--git-url", self.git_url, "--github-api", self.github_api, "--registry", f"{self.registry}/bench"]
        return argv, {"GITHUB_TOKEN": TOKEN, "XDG_CACHE_HOME": str(self.root / "ours")}

    def _tag(self, service: str) -> str:
        version = f"1.{next(self.versions)}.0"
        self.monorepo.tag(f"{service}/v{version}")
        return version


@contextmanager
def rig(root: Path, build_seconds: int) -> Iterator[Rig]:
    """Start the servers and make the monorepo that both ways release from."""
    for name in ("git", "registry"):
        (root / name).mkdir()
    with GitServer(root / "git") as git, Registry(root / "registry") as registry, GitHubDouble() as github:
        base = push_base_image(registry.address)
        monorepo = Monorepo.create(root / "git" / f"{REPOSITORY}.git", base_image=base)
        files = {"Dockerfile.long": LONG.format(base=base, seconds=build_seconds), f"svc/{OURS}-long/name": "long"}
        monorepo.commit(files, message="build: a long build")
        github.add_repository(REPOSITORY, git_dir=monorepo.git_dir)
        github.add_token(TOKEN, permissions={REPOSITORY: "push"})
        (root / "services.toml").write_text(CATALOGUE)
        yield Rig(
            root=root,
            monorepo=monorepo,
            git_url=git.url(REPOSITORY),
            registry=registry.address,
            github_api=github.url,
        )


def _timed(argv: list[str], environment: dict[str, str]) -> float:
    began = time.perf_counter()
    run_sync(argv, env=environment)
    return time.perf_counter() - began


def _remove_storage(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
