"""The table of commands is what the `Pipeline` object says, and the help says what the table says."""

import re
from dataclasses import replace

import pytest
import typer

from pipeline.cli.app import application
from pipeline.cli.derive import derive
from pipeline.cli.help import SECTIONS, Verbs, summary
from pipeline.cli.table import Command, load
from tests.cli.terminal import Terminal

COMMANDS = load().commands


def test_the_table_is_what_the_signatures_say() -> None:
    assert load() == derive(), "run python -m pipeline.cli.derive"


def test_everything_is_documented() -> None:
    table = load()
    assert all(command.doc for command in table.commands)
    assert all(parameter.doc for parameter in table.constructor)
    undocumented = [(c.verb, p.name) for c in table.commands for p in c.parameters if not p.doc]
    assert not undocumented


def test_the_verbs_of_the_contract_are_there() -> None:
    assert {command.verb for command in COMMANDS} >= {
        "services", "checkout", "verify-ancestry", "build", "push", "release", "status",
    }  # fmt: skip
    assert [parameter.flag for parameter in load().constructor][:7] == [
        "--config", "--github-token", "--registry-token", "--registry-username", "--github-api", "--git-url",
        "--registry",
    ]  # fmt: skip


def test_help_lists_every_verb(terminal: Terminal) -> None:
    ended = terminal.run("--help")
    assert (ended.exit_code, ended.stderr) == (0, "")
    for command in COMMANDS:
        assert re.search(rf"^\s+{command.verb}\s", ended.stdout, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS, ids=[command.verb for command in COMMANDS])
def test_help_of_a_verb_tells_all_its_flags(terminal: Terminal, command: Command) -> None:
    ended = terminal.run(command.verb, "--help")
    assert (ended.exit_code, ended.stderr) == (0, "")
    words = " ".join(ended.stdout.split())
    assert " ".join(command.doc.split()) in words
    for parameter in (*command.parameters, *load().constructor):
        assert parameter.flag in words
        assert " ".join(parameter.doc.split())[:40] in words
    for flag in ("--engine", "--json", "--verbose"):
        assert flag in words


@pytest.mark.parametrize(("columns", "widest"), [("80", 80), ("120", 100), ("200", 100)])
def test_help_cuts_nothing_short_and_keeps_to_the_terminal(terminal: Terminal, columns: str, widest: int) -> None:
    help_text = replace(terminal, variables={"COLUMNS": columns}).run("--help").stdout
    words = " ".join(help_text.split())
    for command in COMMANDS:
        assert f"{command.verb} {' '.join(command.doc.partition(chr(10) * 2)[0].split())}" in words
    assert max(map(len, help_text.splitlines())) <= widest


def test_every_verb_has_its_section() -> None:
    group = typer.main.get_command(application())
    assert isinstance(group, Verbs)
    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(group.commands)
    assert all(summary(command).endswith(".") for command in group.commands.values())


def test_settings_come_after_the_options_of_a_verb(terminal: Terminal) -> None:
    options, _, settings = terminal.run("release", "--help").stdout.partition("\nSettings:\n")
    assert {"--tag", "--json"} <= set(options.split())
    assert "env://NAME, file://PATH" in " ".join(settings.split())
    for parameter in load().constructor:
        assert parameter.flag in settings
        assert parameter.flag not in options
