"""How help is laid out: verbs by what they are for, each with its whole first sentence, and settings apart from options.

Click cuts every summary to one line of 80 columns, and lists all options as one.
"""

from collections.abc import Iterable

import click
from typer.core import TyperCommand, TyperGroup

from pipeline.cli.settings import SECRET_FORMS

WIDTH = 100
"""Columns at most: longer lines are hard to read, however wide the terminal."""

SECTIONS = {
    "Release": ("release", "tag", "rehearse", "promote", "rollback"),
    "Look": ("status", "confirm", "verify", "audit", "board", "notes"),
    "Single steps of a release": ("checkout", "verify-ancestry", "build", "binaries", "push"),
    "Set up": ("init", "doctor", "services", "workflow", "summary", "cache"),
}
"""The verbs, in the order of the help."""

SETTINGS = "Settings"
SETTINGS_NOTE = (
    "They hold for all verbs, may stand before or after the verb, and may be kept in the .env beside dagger.json. "
    f"SECRET is {SECRET_FORMS[0]}NAME, {SECRET_FORMS[1]}PATH or {SECRET_FORMS[2]}COMMAND."
)


class Verb(TyperCommand):
    """A verb, with its own options before the settings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write arguments, options and settings."""
        _write_parameters(self, ctx, formatter)


class Verbs(TyperGroup):
    """The command itself, with its verbs before its options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write verbs, options and settings."""
        self.format_commands(ctx, formatter)
        _write_parameters(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs, section by section."""
        width = max(len(name) for name in self.commands)
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), summary(self.commands[name])) for name in names])


def summary(command: click.Command) -> str:
    """The first paragraph of a verb's help."""
    return " ".join((command.help or "").partition("\n\n")[0].split())


def _write_parameters(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    parameters = command.get_params(ctx)
    arguments = [parameter for parameter in parameters if parameter.param_type_name == "argument"]
    settings = [parameter for parameter in parameters if getattr(parameter, "rich_help_panel", None) == SETTINGS]
    options = [parameter for parameter in parameters if parameter not in (*arguments, *settings)]
    for title, group in {"Arguments": arguments, "Options": options}.items():
        if records := _records(ctx, group):
            with formatter.section(title):
                formatter.write_dl(records)
    if settings:
        with formatter.section(SETTINGS):
            formatter.write_text(SETTINGS_NOTE)
            formatter.write_dl(_records(ctx, settings))


def _records(ctx: click.Context, parameters: Iterable[click.Parameter]) -> list[tuple[str, str]]:
    return [record for parameter in parameters if (record := parameter.get_help_record(ctx))]
