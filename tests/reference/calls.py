"""The page of calls: constructor flags and verbs from the table of commands, the rest from the terminal command."""

import typer.main

from pipeline.cli.app import application
from pipeline.cli.table import Parameter, load
from tests.reference.markdown import code, plain, table

HEAD = """\
# Calls

Every verb is a function of the Dagger module and a command of the terminal, with the same flags:
`dagger call [constructor flags] VERB [flags]` and `pipeline VERB [flags]`. One flag differs: what is `--json` for
`pipeline` is `--as-json` for `dagger call`, which keeps `--json` for itself.
"""

ENV = """\
A default for one of these can stand in the `.env` beside `dagger.json`, under the flag's name without hyphens, and for a
secret only as a reference: `GITHUBTOKEN=env://GITHUB_TOKEN`.
"""


def page() -> str:
    """All calls."""
    commands = load()
    parts = [HEAD, "## Constructor", ENV, flags(commands.constructor)]
    for command in commands.commands:
        parts += [
            f"## {command.verb}",
            plain(command.doc),
            *([flags(command.parameters)] if command.parameters else []),
        ]
    known = {command.verb for command in commands.commands}
    parts += ["# Only on the terminal", "Every verb also takes `--engine`, `--verbose` and, where it fits, `--output`."]
    group = typer.main.get_command(application())
    for name, command in sorted(getattr(group, "commands", {}).items()):
        if name not in known:
            parts += [f"## {name}", plain(command.help), _options(command, commands.constructor)]
    return "\n\n".join(part.strip() for part in parts)


def flags(parameters: tuple[Parameter, ...]) -> str:
    rows = [[code(p.flag), p.kind, "required" if p.required else _default(p), p.doc] for p in parameters]
    return table(["flag", "takes", "default", ""], rows)


def _default(parameter: Parameter) -> str:
    return code(str(parameter.default)) if parameter.default not in (None, "", False) else ""


def _options(command: object, constructor: tuple[Parameter, ...]) -> str:
    """A command's own options; the constructor's, which some take as well, are told above."""
    told = {parameter.flag: parameter.doc for parameter in constructor}
    rows = []
    for option in getattr(command, "params", ()):
        spelled = [name for name in option.opts if name.startswith("-")] or [option.metavar or option.name]
        text = getattr(option, "help", "") or ""
        if "--help" not in spelled and not text.startswith(told.get(spelled[0], "\0")):
            rows.append([", ".join(code(name) for name in spelled), text])
    return table(["flag", ""], rows)
