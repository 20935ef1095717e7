"""A terminal in a fresh folder, with and without a site to release from and to."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.terminal import PROGRAM, Terminal
from tests.conftest import need
from tests.site import Site


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
        for program in ("env", "git", "buildah", "skopeo", "setpriv", "sh", "newuidmap", "newgidmap", "runc", "crun"):
            found = shutil.which(program)
            if found and program not in missing:
                folder.joinpath(program).symlink_to(found)
        return str(folder)

    return path_without
