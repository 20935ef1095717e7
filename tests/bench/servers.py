"""The servers that all cases work against: git over HTTP, an image registry, and GitHub's API."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.demo.fast_import import Signature, Stream, import_stream
from pipeline.demo.git_server import GitServer
from pipeline.demo.github.double import GitHubDouble
from pipeline.demo.history import HOUR, MAIN, START
from pipeline.demo.images import push_base_image
from pipeline.demo.large_history import large_history
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.monorepo_tree import initial_files
from pipeline.demo.registry import Registry
from pipeline.process import run_sync

OWNER = "bench"


@dataclass(frozen=True, kw_only=True)
class Servers:
    """What is served, and where it is on the disk."""

    root: Path
    git: GitServer
    registry: Registry
    github: GitHubDouble
    base: str
    """An image with a shell."""
    versions: Iterator[int] = field(default_factory=lambda: itertools.count(10))
    """Numbers for versions that were never used, by the demo's history neither."""
    histories: dict[int, Monorepo] = field(default_factory=dict)

    def git_dir(self, name: str) -> Path:
        """Where the repository ``bench/<name>`` is kept."""
        return self.git.root / OWNER / f"{name}.git"

    def small(self, name: str, **files: str) -> Monorepo:
        """A new monorepo with a few commits, and files that it has beside its own."""
        monorepo = Monorepo.create(self.git_dir(name), base_image=self.base)
        if files:
            monorepo.commit(files, message="build: another image")
        return monorepo

    def large(self, commits: int) -> Monorepo:
        """The monorepo with a history of that many commits and a large tree, made when it is first asked for."""
        if commits not in self.histories:
            tags = ("vault/v0.9.0", "krane/v0.9.0")
            self.histories[commits] = large_history(self.git_dir(f"commits-{commits}"), commits, tags)
            self.histories[commits].commit(initial_files(self.base), message="build: an image")
        return self.histories[commits]

    def tagged(self, name: str, commits: int, tags: Sequence[str]) -> Monorepo:
        """A new monorepo with a small tree, and tags spread evenly along so many commits."""
        monorepo = Monorepo.create_empty(self.git_dir(name))
        parent = f"{monorepo.commit(initial_files(self.base), message='build: an image')}^0"
        places = {(place + 1) * commits // len(tags): tag for place, tag in enumerate(tags)}
        stream = Stream()
        for number in range(1, commits + 1):
            by, files = Signature("api maintainer", START + number * HOUR), {"CHANGES.md": f"{number}\n"}
            parent = stream.commit(MAIN, by=by, message=f"feat: change {number}", parents=[parent], files=files)
            if number in places:
                stream.reset(f"refs/tags/{places[number]}", parent)
        import_stream(monorepo.git_dir, stream)
        run_sync(["git", f"--git-dir={monorepo.git_dir}", "pack-refs", "--all"])
        return monorepo


@contextmanager
def servers(root: Path) -> Iterator[Servers]:
    """Start all servers; they keep their things below ``root``."""
    for name in ("git", "registry"):
        (root / name).mkdir()
    with GitServer(root / "git") as git, Registry(root / "registry") as registry, GitHubDouble() as github:
        base = push_base_image(registry.address)
        yield Servers(root=root, git=git, registry=registry, github=github, base=base)
