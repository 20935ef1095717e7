"""What `init` refuses, in one sentence and with the next step, before anything is written."""

import shlex
from pathlib import Path

import pytest

from pipeline import process
from tests.cli.init.stranger import MODULE, MakeClone
from tests.cli.terminal import PROGRAM
from tests.conftest import need

ONE = {"api/Dockerfile": "FROM {base}\nCOPY . /srv\n", "api/main.txt": "main\n"}


def test_no_dockerfile(clone_of: MakeClone) -> None:
    clone = clone_of({"README.md": "# Nothing\n", "test/Dockerfile": "FROM {base}\n"})
    done = clone.init()
    assert (done.returncode, done.text) == (2, "")
    assert done.stderr.splitlines() == [
        f"No Dockerfile of a service was found in {clone.folder}.",
        "  test/Dockerfile is left out: it is for development or tests, as test says.",
        "Next: Run it in the monorepo that has them, or write services.toml by hand and run it again.",
    ]


def test_no_git(tmp_path: Path) -> None:
    environment = {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    done = process.run_sync([str(PROGRAM), "init", "--yes"], cwd=tmp_path, check=False, env=environment)
    assert (done.returncode, done.text) == (2, "")
    assert f"'{tmp_path}' is not in a git repository" in done.stderr
    assert "Next: Run it in a clone of the monorepo" in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_no_terminal(clone_of: MakeClone) -> None:
    clone = clone_of(ONE)
    done = clone.run("init")
    assert (done.returncode, "Add --yes and --repository OWNER/NAME, as origin is http" in done.stderr) == (2, True)
    done = clone.run("init", "--repository", "acme/shop", "--registry", clone.registry, "--module", MODULE)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "Next: Add --yes.")
    assert set(clone.everything()) == set(ONE)


@pytest.mark.parametrize(
    ("flag", "value"), [("--repository", "shop"), ("--registry", "not a registry"), ("--service", "nobody")]
)
def test_a_flag_that_makes_no_sense(clone_of: MakeClone, flag: str, value: str) -> None:
    clone = clone_of(ONE)
    done = clone.init(flag, value)
    assert (done.returncode, f"{flag} '{value}'" in done.stderr) == (2, True)
    assert set(clone.everything()) == set(ONE)


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("n", False)])
def test_a_terminal_is_asked_for_what_is_not_known(clone_of: MakeClone, answer: str, written: bool) -> None:
    need("script")
    clone = clone_of(ONE)
    command = shlex.join([str(PROGRAM), "init", "--registry", clone.registry, "--module", MODULE])
    done = process.run_sync(
        ["script", "--quiet", "--return", "--command", command, "/dev/null"],
        cwd=clone.folder,
        stdin=f"acme/shop\n{answer}\n".encode(),
        timeout=60,
    )
    assert "The GitHub repository (origin is http://127.0.0.1:" in done.text
    assert "Write services.toml, dagger.json, .github/workflows/release.yaml" in done.text
    assert ("services.toml" in clone.everything()) is written
    assert ("Nothing was written." in done.text) is not written
