"""The demo's stage: a monorepo served over HTTP, a registry, and GitHub's API, all on loopback and all temporary."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.demo.git_server import GitServer
from pipeline.demo.github.double import GitHubDouble
from pipeline.demo.images import push_base_image
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from pipeline.services.tables import FILE_NAME

REPOSITORY = "unkeyed/unkey"
TOKEN = "ghp_demo"  # noqa: S105 - opens nothing but the double

CATALOGUE = """\
repository = "unkeyed/unkey"
registry = "ghcr.io/unkeyed"
platforms = ["linux/amd64", "linux/arm64"]

[services.api]
[services.vault]
[services.krane]
[services.heimdall]
"""

SETTINGS = """\
GITHUBTOKEN=env://GITHUB_TOKEN
GITHUBAPI={github}
GITURL={git}
REGISTRY={registry}/unkeyed
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the demo runs: its folder, the environment of its commands, and the parts it may change."""

    folder: Path
    environment: dict[str, str]
    monorepo: Monorepo
    registry: Registry


@contextmanager
def stage() -> Iterator[Stage]:
    """Set everything up, and take it down again whatever happens. Raises `ProcessError` when a program is missing."""
    with TemporaryDirectory(prefix="pipeline-demo-") as name:
        root = Path(name)
        for folder in ("git", "registry", "here"):
            (root / folder).mkdir()
        with GitServer(root / "git") as git, Registry(root / "registry") as registry, GitHubDouble() as github:
            base = push_base_image(registry.address)
            monorepo = Monorepo.create(root / "git" / f"{REPOSITORY}.git", base_image=base)
            github.add_repository(REPOSITORY, git_dir=monorepo.git_dir)
            github.add_token(TOKEN, permissions={REPOSITORY: "push"})
            settings = SETTINGS.format(github=github.url, git=git.url(REPOSITORY), registry=registry.address)
            _write(root / "here", settings)
            yield Stage(
                folder=root / "here",
                environment={"GITHUB_TOKEN": TOKEN, "XDG_CACHE_HOME": str(root / "cache")},
                monorepo=monorepo,
                registry=registry,
            )


def _write(folder: Path, settings: str) -> None:
    (folder / FILE_NAME).write_text(CATALOGUE)
    (folder / "dagger.json").write_text('{"name": "release"}\n')
    (folder / ".env").write_text(settings)
