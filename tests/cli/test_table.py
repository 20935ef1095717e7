"""The table of commands is what the `Pipeline` object says, and the help says what the table says."""

import re

import pytest

from pipeline.cli.derive import derive
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
