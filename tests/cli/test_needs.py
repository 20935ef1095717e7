"""What a machine lacks is told before anybody is asked anything, all at once, and with the command that helps."""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from pipeline.cli.needs import BUILDS, NEEDS
from pipeline.cli.table import load
from pipeline.programs import advice, install_command, listed
from tests.cli.terminal import Terminal

LOCAL = ("--engine", "local")
NOWHERE = ("--git-url", "http://127.0.0.1:9/x.git", "--github-api", "http://127.0.0.1:9", "--registry", "127.0.0.1:9/x")
"""Nobody answers there, which a call would end with if it asked."""

CATALOGUE = 'repository = "acme/unkey"\nregistry = "ghcr.io/acme"\n[services.vault]\n[services.api]\n'
SUDO = "" if os.geteuid() == 0 else "sudo "


@pytest.fixture
def here(terminal: Terminal) -> Terminal:
    terminal.folder.joinpath("services.toml").write_text(CATALOGUE)
    return terminal


@pytest.fixture
def with_apt(monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("apt-get") is None:
        pytest.skip("apt-get is not on the PATH")


def test_every_verb_says_what_it_needs() -> None:
    assert NEEDS.keys() == {command.verb for command in load().commands}


@pytest.mark.usefixtures("with_apt")
@pytest.mark.parametrize("lacking", [("git",), ("skopeo",), ("buildah", "skopeo"), BUILDS], ids=" ".join)
@pytest.mark.parametrize("verb", [("release",), ("build",), ("release", "--dry-run")], ids=" ".join)
def test_what_a_build_lacks(
    here: Terminal, path_without: Callable[..., str], verb: Sequence[str], lacking: Sequence[str]
) -> None:
    bare = replace(here, path=path_without(*lacking))
    ended = bare.run(*verb, "--tag", "vault/v1.0.0", *NOWHERE, *LOCAL, "--json")
    assert (ended.exit_code, ended.json["error"]["kind"]) == (4, "tool-missing")
    assert listed(list(lacking)) in ended.json["error"]["message"]
    assert ended.json["error"]["next"].endswith(f"with: {SUDO}apt-get install {' '.join(lacking)}")
    if verb == ("release",):
        assert (ended.json["outcome"], ended.json["tag"]) == ("failed", "vault/v1.0.0")


@pytest.mark.usefixtures("with_apt")
def test_doctor_gives_the_same_command(here: Terminal, path_without: Callable[..., str]) -> None:
    bare = replace(here, path=path_without("buildah", "skopeo"))
    command = bare.run("release", "--tag", "vault/v1.0.0", *NOWHERE, *LOCAL).stderr.partition(" with: ")[2].strip()
    checks = {check["name"]: check for check in bare.run("doctor", "--json").json["checks"]}
    assert checks["buildah"]["mend"] == checks["skopeo"]["mend"] == command == f"{SUDO}apt-get install buildah skopeo"
    said = bare.run("doctor")
    assert (said.exit_code, said.stdout.count(command)) == (4, 1)


@pytest.mark.parametrize(
    ("verb", "lacking", "asked"),
    [
        (("services",), BUILDS, 0),
        (("workflow",), BUILDS, 0),
        (("verify-ancestry", "--tag", "vault/v1.0.0"), ("buildah", "skopeo"), 4),
        (("notes", "--tag", "vault/v1.0.0"), ("buildah",), 4),
        (("confirm", "--tag", "vault/v1.0.0"), ("buildah",), 4),
    ],
)
def test_nothing_is_demanded_that_a_verb_does_not_need(
    here: Terminal, path_without: Callable[..., str], verb: Sequence[str], lacking: Sequence[str], asked: int
) -> None:
    ended = replace(here, path=path_without(*lacking)).run(*verb, *NOWHERE, *LOCAL)
    assert ended.exit_code == asked, ended.said
    assert "on the PATH" not in ended.said


def test_a_dagger_engine_needs_none_of_it(here: Terminal, path_without: Callable[..., str]) -> None:
    bare = replace(
        here, path=path_without(*BUILDS), variables={"DAGGER_SESSION_PORT": "9", "DAGGER_SESSION_TOKEN": "x"}
    )
    ended = bare.run("release", "--tag", "vault/v1.0.0", "--json")
    assert ended.json["error"]["kind"] != "tool-missing"


def test_a_machine_without_apt_is_told_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/none")
    assert install_command("buildah", "newuidmap") == "install the packages buildah and uidmap"
    assert advice("git") == "Install the package git."


@pytest.mark.parametrize(("user", "command"), [(0, "apt-get install git"), (1000, "sudo apt-get install git")])
def test_sudo_is_for_who_is_not_root(monkeypatch: pytest.MonkeyPatch, user: int, command: str) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    assert install_command("git") == command
