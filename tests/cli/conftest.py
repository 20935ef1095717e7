"""A terminal in a fresh folder, with and without a site to release from and to."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.demo.git_server import GitServer
from pipeline.demo.monorepo import Monorepo
from pipeline.process import run_sync
from tests.cli.clone import CATALOGUE, PERSON, Clone
from tests.cli.terminal import PROGRAM, Terminal
from tests.conftest import need
from tests.site import Site

PROGRAMS = ("env", "git", "buildah", "skopeo", "setpriv", "sh", "newuidmap", "newgidmap", "runc", "crun")
"""What the command and the programs that it starts may start."""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with its cache, which all calls share as one person's do."""
    home = tmp_path_factory.mktemp("home")
    home.joinpath("tmp").mkdir()
    return home


@pytest.fixture
def terminal(home: Path, tmp_path: Path) -> Terminal:
    """A terminal in an empty folder."""
    assert PROGRAM.is_file(), "install the package: pip install -e .[dev]"
    return Terminal(folder=tmp_path, home=home)


@pytest.fixture
def at_site(terminal: Terminal, site: Site) -> Terminal:
    """A terminal in a folder with the site's catalogue, and its token in GITHUB_TOKEN; see `flags`."""
    need("git", "buildah", "skopeo")
    terminal.folder.joinpath("services.toml").write_text(site.catalogue)
    return replace(terminal, variables={"GITHUB_TOKEN": site.tokens["github_token"]})


@pytest.fixture
def flags(site: Site) -> Sequence[str]:
    """The constructor's flags for the site."""
    settings = {f"--{name.replace('_', '-')}": value for name, value in site.settings.items()}
    return [word for pair in settings.items() for word in pair] + ["--github-token", "env://GITHUB_TOKEN"]


@pytest.fixture
def path_without(tmp_path: Path) -> Callable[..., str]:
    """A PATH on which everything is that there is, except some programs."""

    def path_without(*missing: str) -> str:
        folder = tmp_path / "bin"
        folder.mkdir()
        for program in (*PROGRAMS, "apt-get"):
            found = shutil.which(program)
            if found and program not in missing:
                folder.joinpath(program).symlink_to(found)
        return str(folder)

    return path_without


@pytest.fixture(scope="session")
def _clone_to_copy(git_server: GitServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A monorepo that takes pushes, and a clone of it."""
    monorepo = Monorepo.create(git_server.root / "to-copy" / "unkey.git", base_image="busybox", pushes=True)
    folder = tmp_path_factory.mktemp("to-copy") / "clone"
    run_sync(["git", "clone", "--quiet", git_server.url_of(monorepo.git_dir), str(folder)], env=PERSON)
    folder.joinpath("services.toml").write_text(CATALOGUE)
    return monorepo.git_dir, folder


@pytest.fixture
def clone(
    _clone_to_copy: tuple[Path, Path],
    git_server: GitServer,
    namespace: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Clone:
    """A clone of a monorepo of its own, with a catalogue in its folder."""
    monorepo = Monorepo(shutil.copytree(_clone_to_copy[0], git_server.root / namespace / "unkey.git"))
    folder = shutil.copytree(_clone_to_copy[1], tmp_path / "clone")
    config, url = folder / ".git" / "config", git_server.url_of(monorepo.git_dir)
    config.write_text(config.read_text().replace(git_server.url_of(_clone_to_copy[0]), url))
    return Clone(monorepo=monorepo, url=url, folder=folder, monkeypatch=monkeypatch)


@pytest.fixture
def locked_url(clone: Clone, git_server_with_login: GitServer) -> str:
    """The clone's origin behind a password."""
    return git_server_with_login.url_of(clone.monorepo.git_dir)
