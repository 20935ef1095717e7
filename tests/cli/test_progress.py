"""Plain lines of a run: every line of a build stands below the name of what was running when it was said."""

import pytest

from pipeline.cli.progress import Lines


def test_output_is_under_what_runs_and_not_under_what_ended(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Lines()
    screen.began("jobs build")
    screen.began("web build")
    screen.output("one")
    screen.ended("web build", "✔ web build")
    screen.began("web push")
    screen.ended("web push", "✔ web push")
    screen.output("two")
    screen.ended("jobs build", "✔ jobs build")
    assert capsys.readouterr().err.splitlines() == [
        "▸ jobs build, web build", "    one", "✔ web build", "✔ web push", "    two", "✔ jobs build",
    ]  # fmt: skip


def test_a_stage_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Lines()
    screen.began("build")
    screen.output("one")
    screen.output("two")
    assert capsys.readouterr().err.splitlines() == ["▸ build", "    one", "    two"]
