"""Tokens are in no output, no argument list, no image, no file that outlives the run."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.demo.git_server import GitServer
from pipeline.demo.registry import Registry
from tests.cli.terminal import Terminal
from tests.conftest import LOGIN
from tests.site import Site

USER, PASSWORD = LOGIN


@pytest.fixture
def locked(site: Site, git_server_with_login: GitServer, registry_with_login: Registry) -> Site:
    """A site behind logins, whose token is one word for git, GitHub and the registry."""
    site.github.add_token(PASSWORD, permissions={site.repository: "push"})
    site = replace(site, registry=registry_with_login, tokens={"github_token": PASSWORD})
    site.monorepo.tag("vault/v0.4.0")
    return site.with_platforms("linux/amd64").with_settings(
        git_url=git_server_with_login.url_of(site.monorepo.git_dir), registry_username=USER, registry=site.prefix
    )


@contextmanager
def watched_arguments(secret: bytes) -> Iterator[list[bytes]]:
    """Collect every command line of this machine that shows the secret."""
    found: list[bytes] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            for folder in Path("/proc").iterdir():
                try:
                    line = folder.joinpath("cmdline").read_bytes()
                except OSError:
                    continue
                if secret in line:
                    found.append(line)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def files_with(secret: bytes, *roots: Path) -> list[Path]:
    paths = (Path(folder, name) for root in roots for folder, _, names in os.walk(root) for name in names)
    return [path for path in paths if path.is_file() and not path.is_symlink() and secret in path.read_bytes()]


def test_a_release_shows_its_tokens_to_nobody(
    terminal: Terminal, locked: Site, base_image: str, flags: Sequence[str]
) -> None:
    terminal.folder.joinpath("services.toml").write_text(locked.catalogue)
    at = replace(terminal, variables={"GITHUB_TOKEN": PASSWORD, "REGISTRY_TOKEN": PASSWORD})
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in locked.settings.items()]
    tokens = ("--github-token", "env://GITHUB_TOKEN", "--registry-token", "env://REGISTRY_TOKEN")
    secret = PASSWORD.encode()
    with watched_arguments(secret) as shown:
        ended = at.run("release", "--tag", "vault/v0.4.0", *settings, *tokens, "--engine", "local", "--json", "-v")
    assert (ended.exit_code, ended.json["outcome"]) == (0, "released")
    assert not shown
    assert PASSWORD not in ended.said
    assert not files_with(secret, terminal.home, terminal.folder)
    assert not files_with(secret, locked.registry.root / "storage")
    assert not list(terminal.home.joinpath("tmp").iterdir())


def test_a_wrong_token_is_not_shown_either(terminal: Terminal, locked: Site) -> None:
    terminal.folder.joinpath("services.toml").write_text(locked.catalogue)
    at = replace(terminal, variables={"GITHUB_TOKEN": "ghp_verywrong"})
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in locked.settings.items()]
    ended = at.run(
        "release", "--tag", "vault/v0.4.0", *settings, "--github-token", "env://GITHUB_TOKEN", "--engine=local"
    )
    assert ended.exit_code == 4
    assert "ghp_verywrong" not in ended.said
