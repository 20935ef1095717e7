"""``pipeline init``: its options, and the order in which it looks, asks and writes."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli.options import option
from pipeline.errors import BadFlag, PipelineError
from pipeline.workflow.render import Ci

if TYPE_CHECKING:
    from pipeline.cli.init.files import Plan

HELP = """Look at the monorepo that you are in, and write what releases it: services.toml, dagger.json, .env and the CI
workflows.

Services are found by their Dockerfiles, what these copy, and the tags that are there. What exists stays as it is: a
services.toml is read instead of written, and --force alone overwrites. Nothing is asked with --yes."""

OPTIONS = [
    option("folder", Path, typer.Argument(help="The monorepo.", show_default="here"), Path()),
    option("repository", str, typer.Option("--repository", help="owner/name on GitHub. [default: origin's]"), ""),
    option("registry", str, typer.Option("--registry", help="Where images go. [default: ghcr.io/OWNER]"), ""),
    option("main", str, typer.Option("--main", help="The branch that releases come from. [default: origin's]"), ""),
    option(
        "service", list[str], typer.Option("--service", help="Only this one; may be repeated.", show_default=False), []
    ),
    option(
        "module", str, typer.Option("--module", help="This pipeline's address, such as github.com/OWNER/NAME@v1."), ""
    ),
    option(
        "for_", Ci | None, typer.Option("--for", help="Which CI. [default: depot where .depot is, else github]"), None
    ),
    option("force", bool, typer.Option("--force", help="Overwrite what is there."), False),
    option("yes", bool, typer.Option("--yes", "-y", help="Take what was found, and ask nothing."), False),
]


def run(given: Mapping[str, Any]) -> int:
    """Look, ask, write, say what is next, and give back the exit code."""
    try:
        _run(given)
    except PipelineError as error:
        print(error.text, file=sys.stderr)
        return error.exit_code
    return 0


def _run(given: Mapping[str, Any]) -> None:
    from pipeline.cli.init import existing, told
    from pipeline.cli.init.candidates import find
    from pipeline.cli.init.choices import choose
    from pipeline.cli.init.files import plan
    from pipeline.cli.init.survey import look

    survey = look(given["folder"])
    there = existing.read(survey.root, force=given["force"])
    findings = find(survey)
    choices = choose(survey, findings, there, given)
    planned = plan(survey.root, choices, there, force=given["force"])
    told.before(survey, findings, choices)
    if planned.files and not given["yes"] and not _agreed(planned):
        print("Nothing was written.")
        return
    planned.write(survey.root)
    told.after(survey, choices, there, planned)


def _agreed(planned: "Plan") -> bool:
    if not sys.stdin.isatty():
        raise BadFlag("There is no terminal to ask on whether to write the files.", next="Add --yes.")
    return typer.confirm(f"Write {', '.join(planned.files)}?", default=True, err=True)


def command(*, ctx: typer.Context, **given: Any) -> None:
    """Run it as Typer calls it."""
    del ctx
    raise typer.Exit(run(given))
