"""What the option parser refuses, told as every other refusal is: in words, or as the JSON that the verb answers with."""

import re
import sys
from collections.abc import Collection, Iterator, Sequence

import click

from pipeline.errors import BadFlag, printable
from pipeline.report import error_document, rejected

_GUESS = re.compile(r"(?P<said>.+?)\.? \(?(Did you mean|Possible options:) (?P<meant>.+?)[?)]?")
"""How click and Typer end a message with what may have been meant."""


def refuse(error: click.ClickException, words: Sequence[str], verbs: Collection[str]) -> int:
    """Tell why a command line, of these words, makes no sense, and give back the exit code.

    ``verbs`` are all that there are: some errors do not say how far the parser came.
    """
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        # Its message is the help itself.
        error.show()
        return error.exit_code
    command = f"pipeline {_verb(error, words, verbs)}".rstrip()
    problem = _explained(error, command)
    if "--json" not in words:
        print(problem.text, file=sys.stderr)
    elif command == "pipeline release":
        tags = ",".join(_values("--tag", words))
        print(rejected(tags, problem, dry_run="--dry-run" in words).json())
    else:
        print(error_document(problem))
    return problem.exit_code


def _verb(error: click.ClickException, words: Sequence[str], verbs: Collection[str]) -> str:
    """The verb whose words make no sense; empty where it is the command itself, or no verb at all."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return next((word for word in words if word in verbs), "")
    return (context.info_name or "") if context.parent else ""


def _explained(error: click.ClickException, command: str) -> BadFlag:
    text = printable(error.format_message().strip()).removesuffix(".")
    guess = _GUESS.fullmatch(text)
    message, meant = (guess["said"], f"Did you mean {guess['meant']}? ") if guess else (text, "")
    return BadFlag(f"{message}.", next=f"{meant}See `{command} --help`.")


def _values(flag: str, words: Sequence[str]) -> Iterator[str]:
    """What a flag was given, read off words that the parser did not get through."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == flag:
            yield following
        elif word.startswith(f"{flag}="):
            yield word.removeprefix(f"{flag}=")
