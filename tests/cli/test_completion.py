"""Completion in bash, zsh and fish: verbs, flags, and values that the catalogue and the clone here know."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.process import run_sync
from tests.cli.clone import PERSON
from tests.cli.terminal import PROGRAM, Terminal
from tests.conftest import need

CATALOGUE = """repository = "acme/unkey"
registry = "ghcr.io/acme"
[infra]
repository = "acme/infra"
values = "{service}/values.yaml"
[infra.pins]
production001 = "production001/{service}.yaml"
staging001 = "staging001/{service}.yaml"
[services.vault]
[services.vault-sync]
[services.api]
"""

Completed = Callable[[str], set[str]]
"""The words that a shell is given for a command line."""


@pytest.fixture
def here(terminal: Terminal) -> Terminal:
    terminal.folder.joinpath("services.toml").write_text(CATALOGUE)
    return terminal


@pytest.fixture(params=["bash", "zsh", "fish"])
def completed(request: pytest.FixtureRequest, here: Terminal) -> Completed:
    """Asks as the scripts of ``--show-completion`` do."""

    def ask(line: str) -> set[str]:
        shell = {"_PIPELINE_COMPLETE": f"complete_{request.param}", "_TYPER_COMPLETE_ARGS": line}
        position = str(len(line.split()) - (0 if line.endswith(" ") else 1))
        variables = {**shell, "COMP_WORDS": line, "COMP_CWORD": position, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
        said = replace(here, variables=variables).run().stdout
        if request.param == "zsh":
            return {word.replace("\\\\:", ":") for word in re.findall(r'^(?:_arguments .*\(\()?"([^"]+)"', said, re.M)}
        return {word.partition("\t")[0] for word in said.split("\n")} - {""}

    return ask


def test_verbs_and_flags(completed: Completed) -> None:
    assert completed("pipeline re") == {"release", "rehearse"}
    assert completed("pipeline release --d") == {"--dry-run"}
    assert completed("pipeline release --engine ") == {"auto", "dagger", "local"}


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("pipeline status --service va", {"vault", "vault-sync"}),
        ("pipeline tag va", {"vault", "vault-sync"}),
        ("pipeline tag vault a", {"api"}),
        ("pipeline rollback --environment ", {"production001", "staging001"}),
        ("pipeline workflow --for ", {"depot", "github"}),
        ("pipeline release --tag va", {"vault/v", "vault-sync/v"}),
    ],
)
def test_values_of_the_catalogue(completed: Completed, line: str, values: set[str]) -> None:
    assert completed(line) == values


def test_tags_of_the_clone_here(completed: Completed, here: Terminal) -> None:
    _clone(here.folder, "vault/v0.1.0", "vault/v0.2.0-rc.1", "vault-sync/v1.0.0", "other/v1.0.0", "v9")
    assert completed("pipeline release --tag vault/") == {"vault/v0.1.0", "vault/v0.2.0-rc.1"}
    assert completed("pipeline status --tag ") == {"vault/v0.1.0", "vault/v0.2.0-rc.1", "vault-sync/v1.0.0"}


def test_a_catalogue_elsewhere_or_broken(completed: Completed, here: Terminal) -> None:
    here.folder.joinpath("other.toml").write_text(CATALOGUE.replace("vault", "valve"))
    assert completed("pipeline status --config other.toml --service va") == {"valve", "valve-sync"}
    assert completed("pipeline --config other.toml status --service va") == {"valve", "valve-sync"}
    here.folder.joinpath("services.toml").write_text("[")
    assert completed("pipeline status --service va") == set()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_takes_its_script(here: Terminal, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on the PATH")
    script = replace(here, variables={"_PIPELINE_COMPLETE": f"source_{shell}"}).run().stdout
    assert "pipeline" in script
    here.folder.joinpath("script").write_text(script)
    run_sync([shell, "-n", str(here.folder / "script")])


def test_bash_completes(here: Terminal) -> None:
    need("bash")
    script = replace(here, variables={"_PIPELINE_COMPLETE": "source_bash"}).run().stdout
    ask = (
        "COMP_WORDS=(pipeline status --service va); COMP_CWORD=3; $(complete -p pipeline | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
        ' pipeline; printf "%s " "${COMPREPLY[@]}"'
    )
    said = run_sync(
        ["bash", "-c", f"{script}\n{ask}"], cwd=here.folder, env={"PATH": f"{PROGRAM.parent}:{here.path}"}
    ).text
    assert said.split() == ["vault", "vault-sync"]


def _clone(folder: Path, *tags: str) -> None:
    need("git")
    run_sync(["git", "init", "--quiet", str(folder)], env=PERSON)
    run_sync(["git", "-C", str(folder), "commit", "--quiet", "--allow-empty", "-m", "feat: begin"], env=PERSON)
    for tag in tags:
        run_sync(["git", "-C", str(folder), "tag", tag], env=PERSON)
