"""``--output``: refused at once where nothing can be written, and otherwise it has the answer, also of a failure."""

import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline import process
from pipeline.cli import output
from pipeline.cli.table import load
from pipeline.errors import BadFlag
from tests.cli.terminal import Terminal
from tests.site import Site

CATALOGUE = 'repository = "acme/unkey"\nregistry = "ghcr.io/acme"\n[services.vault]\n[services.krane]\n'
LOCAL = ("--engine", "local")
COMMANDS = {command.verb: command for command in load().commands}


@pytest.fixture
def here(terminal: Terminal) -> Terminal:
    """A folder with a catalogue in it, and another folder."""
    terminal.folder.joinpath("services.toml").write_text(CATALOGUE)
    terminal.folder.joinpath("folder").mkdir()
    return terminal


@pytest.mark.parametrize(("path", "why"), [("folder", "it is a folder"), ("services.toml/a/b", "is no folder")])
def test_a_path_that_cannot_be_written_is_refused_before_anything_is_done(here: Terminal, path: str, why: str) -> None:
    call = ("release", "--tag", "vault/v1.0.0", *LOCAL, "--output", path)
    text = here.run(*call)
    assert (text.exit_code, text.stdout) == (2, "")
    assert why in text.stderr
    assert "engine:" not in text.stderr
    report = here.run(*call, "--json").json
    assert (report["outcome"], report["error"]["kind"]) == ("refused", "bad-flag")
    assert path in report["error"]["message"]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadFlag, match="may not be written to"):
        output.check(COMMANDS["release"], str(tmp_path / "more" / "report.json"))


@pytest.mark.parametrize(
    ("verb", "path"),
    [("release", "new/report.json"), ("release", "file"), ("checkout", "folder"), ("checkout", "a/b")],
)
def test_looking_whether_a_path_can_be_written_makes_nothing(tmp_path: Path, verb: str, path: str) -> None:
    tmp_path.joinpath("file").write_text("as it was")
    tmp_path.joinpath("folder").mkdir()
    output.check(COMMANDS[verb], str(tmp_path / path))
    assert {found.name for found in tmp_path.rglob("*")} == {"file", "folder"}
    assert tmp_path.joinpath("file").read_text() == "as it was"


def test_a_tree_is_not_written_where_a_file_is(here: Terminal) -> None:
    ended = here.run("checkout", "--tag", "vault/v1.0.0", *LOCAL, "--output", "services.toml")
    assert ended.exit_code == 2
    assert "it is a file" in ended.stderr


def test_the_answer_of_a_failure_takes_the_place_of_an_older_one(
    at_site: Terminal, site: Site, flags: Sequence[str]
) -> None:
    file = at_site.folder / "new" / "report.json"
    call = ("release", "--tag", "krane/v0.2.1", *flags, *LOCAL, "--output", "new/report.json")
    ended = at_site.run(*call, "--json")
    assert (ended.exit_code, ended.stdout) == (3, f"{file}\n")
    assert json.loads(file.read_text())["error"]["kind"] == "not-on-main"
    text = at_site.run(*call)
    assert (text.exit_code, text.stdout) == (3, f"{file}\n")
    assert "not on main" in file.read_text()
    assert site.published() == {}


def test_the_report_of_a_run_that_never_began_takes_the_place_of_an_older_one(here: Terminal) -> None:
    file = here.folder / "report.json"
    file.write_text('{"outcome": "released"}')
    ended = here.run("release", "--tag", "vault", *LOCAL, "--json", "--output", file.name)
    assert (ended.exit_code, ended.stdout) == (2, f"{file}\n")
    assert json.loads(file.read_text())["outcome"] == "refused"


def test_an_answer_that_cannot_be_written_after_all_is_told(here: Terminal) -> None:
    ended = here.run("services", *LOCAL, "--output", "/dev/full")
    assert ended.exit_code == 4
    assert ended.stdout.startswith("SERVICE")
    assert "/dev/full cannot be written: No space left on device." in ended.stderr


@pytest.mark.parametrize(
    ("closing", "code", "said"),
    [
        (">/dev/full", 4, "The answer could not be written: No space left on device."),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("| true; exit ${PIPESTATUS[0]}", 1, ""),
    ],
    ids=["a full disk", "no output", "nowhere for errors", "a reader that leaves"],
)
def test_an_answer_that_nobody_can_read(here: Terminal, closing: str, code: int, said: str) -> None:
    call = shlex.join(here.argv("services", *LOCAL))
    ended = process.run_sync(
        ["bash", "-c", f"{call} {closing}"], cwd=here.folder, env=here.environment, timeout=60, check=False
    )
    assert (ended.returncode, said in ended.stderr, "Traceback" in ended.stderr) == (code, True, False)
