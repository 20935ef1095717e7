"""Every command that README and docs show is run, page by page, in a throwaway monorepo."""

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline import process
from pipeline.demo.git_server import GitServer
from pipeline.demo.github.double import GitHubDouble
from pipeline.demo.infra import create_infra
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from tests.conftest import need

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
TOKEN = "ghp_docs"

CATALOGUE = """\
repository = "unkeyed/unkey"
registry = "ghcr.io/unkeyed"
platforms = ["linux/amd64"]
[infra]
repository = "unkeyed/infra"
values = "eks-cluster/helm-chart/{service}/values.yaml"
[infra.pins]
production001 = "eks-cluster/promotions/production001/{service}.yaml"
[services.api]
[services.vault]
[services.krane]
"""

RELEASED_BEFORE = {
    "roll-forward.md": ("vault/v0.2.0", "vault/v0.3.0"),
    "promote.md": ("vault/v0.3.0",),
}
"""Releases that a page takes for granted."""


@dataclass(frozen=True, slots=True)
class Clone:
    """A person's clone of the monorepo, and the environment of their shell."""

    folder: Path
    environment: dict[str, str]

    def run(self, line: str) -> process.Completed:
        """Run one line of a page."""
        program, *arguments = shlex.split(line)
        path = str(BIN / program) if program == "pipeline" else program
        return process.run_sync([path, *arguments], cwd=self.folder, env=self.environment, check=False)


@pytest.fixture
def clone(  # noqa: PLR0917 - fixtures
    page: str, tmp_path: Path, git_server: GitServer, registry: Registry, base_image: str, github: GitHubDouble
) -> Clone:
    need("git", "buildah", "skopeo")
    name = f"docs-{uuid4().hex[:8]}"
    monorepo = Monorepo.create(git_server.root / name / "unkey.git", base_image=base_image, pushes=True)
    prefix = f"{registry.address}/{name}"
    infra = create_infra(
        git_server.root / name / "infra.git",
        registry=prefix,
        running={"vault": "v0.3.0" if page == "roll-forward.md" else "v0.2.0"},
        digests={},
    )
    repositories = {"unkeyed/unkey": monorepo, "unkeyed/infra": infra}
    for full_name, repository in repositories.items():
        github.add_repository(full_name, git_dir=repository.git_dir)
    github.add_token(TOKEN, permissions=dict.fromkeys(repositories, "push"))
    folder = tmp_path / "monorepo"
    url = git_server.url_of(monorepo.git_dir)
    process.run_sync(["git", "clone", "--quiet", url, str(folder)])
    (folder / "services.toml").write_text(CATALOGUE)
    (folder / "dagger.json").write_text('{"name": "release"}\n')
    (folder / ".env").write_text(
        f"GITHUBTOKEN=env://GITHUB_TOKEN\nGITURL={url}\nGITHUBAPI={github.url}\nREGISTRY={prefix}\n"
    )
    return Clone(folder, {"GITHUB_TOKEN": TOKEN, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PIPELINE_ENGINE": "local"})


def lines(page: Path) -> list[str]:
    """The commands of a page: every line of its ``sh`` blocks, continued lines joined."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.strip()]


PAGES = sorted(page.name for page in (ROOT / "docs").glob("*.md") if lines(page))


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page(page: str, clone: Clone) -> None:
    if page == "adopt.md":
        for name in ("services.toml", "dagger.json"):
            (clone.folder / name).unlink()
        clone.run("git remote set-url origin git@github.com:unkeyed/unkey.git")
    for tag in RELEASED_BEFORE.get(page, ()):
        released = clone.run(f"pipeline release --tag {tag}")
        assert released.returncode == 0, released.stderr
    for line in lines(ROOT / "docs" / page):
        may_fail = line.endswith(" || true")
        done = clone.run(line.removesuffix(" || true"))
        assert done.returncode == 0 or may_fail, f"{line}\n{done.text}\n{done.stderr}"


def test_the_commands_of_the_readme() -> None:
    """README shows the two commands of the Makefile, and calls whose flags must be those of the program."""
    shown = re.findall(r"^    ((?:make|pipeline|dagger call) .*)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    targets = {line.split()[1] for line in shown if line.startswith("make ")}
    assert targets == {"demo", "test"}
    for target in targets:
        process.run_sync(["make", "--dry-run", target], cwd=ROOT)
    for line in (line for line in shown if not line.startswith("make ") and "…" not in line):
        verb = shlex.split(line.removeprefix("dagger call ").removeprefix("pipeline "))
        help_text = process.run_sync([str(BIN / "pipeline"), verb[0], "--help"]).text
        assert all(flag in help_text for flag in verb if flag.startswith("--")), line
