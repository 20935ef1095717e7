"""What `doctor` says of secrets: where each comes from, by name, and never what a command may hold."""

from pathlib import Path

import pytest

from pipeline.cli.doctor import Check, examine
from pipeline.cli.table import load


def checked(token: str) -> Check:
    return next(check for check in examine(load(), {"github_token": token}) if check.name == "github token")


def test_a_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "x")
    assert (checked("env://SOME_TOKEN").state, checked("env://SOME_TOKEN").found) == ("ok", "from env://SOME_TOKEN")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "token"
    assert checked(f"file://{file}").state == "optional"
    file.write_text("x")
    assert checked(f"file://{file}").found == f"from file://{file}"


def test_a_command_is_not_shown() -> None:
    assert checked("cmd://echo s3cret").found == "from cmd://"
