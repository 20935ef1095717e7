"""``pipeline tag``: its options, and what they ask for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli import completion, options
from pipeline.cli.options import option
from pipeline.cli.table import Table
from pipeline.versions import Bump

if TYPE_CHECKING:
    from pipeline.catalogue import Catalogue
    from pipeline.cli.tagging.command import Rehearse
    from pipeline.cli.tagging.plan import Planned
    from pipeline.cli.tagging.wish import Request

HELP = """Plan the next release tags of services, and push them to origin, one tag per push.

The version follows the service's own tags at origin: the next patch, or the version that a candidate is open for,
unless --bump reaches higher. The commit is the tip of origin's main branch. CI releases what is pushed, and a tag is
never moved: look at the plan, or --rehearse it first."""

OPTIONS = [
    option(
        "words",
        list[str],
        typer.Argument(
            metavar="SERVICE[@vX.Y.Z]",
            help="What to tag; a version is optional.",
            autocompletion=completion.services,
        ),
    ),
    option("bump", Bump | None, typer.Option("--bump", help="The number that goes up."), None),
    option("rc", bool, typer.Option("--rc", help="Tag the next release candidate: --pre rc."), False),
    option("pre", str, typer.Option("--pre", metavar="LABEL", help="Tag the next pre-release: -LABEL.N."), ""),
    option(
        "ref", str, typer.Option("--ref", metavar="REF", help="Another commit: an ID, HEAD, or a branch at origin."), ""
    ),
    option("rehearse", bool, typer.Option("--rehearse", help="Dry-run each release of that commit first."), False),
    option("dry_run", bool, typer.Option("--dry-run", help="Print the plan, and make and push nothing."), False),
    option("yes", bool, typer.Option("--yes", "-y", help="Push without asking."), False),
    option("no_fetch", bool, typer.Option("--no-fetch", help="Decide by what the clone knows of origin."), False),
    option("force_older", bool, typer.Option("--force-older", help="Allow a version below the highest stable."), False),
    option("annotate", bool, typer.Option("--annotate", "-a", help="Make annotated tags."), False),
    option("sign", bool, typer.Option("--sign", "-s", help="Make signed tags, with git's own settings."), False),
    option(
        "clone",
        Path,
        typer.Option("--clone", help="The clone of the monorepo, instead of the one here.", show_default=False),
        Path(),
    ),
    options.JSON,
    options.ENGINE,
    options.VERBOSE,
]


def run(table: Table, constructor: Mapping[str, str | None], given: Mapping[str, Any]) -> int:
    """Plan and push, print what happened, and give back the exit code."""
    from pipeline.catalogue import Catalogue
    from pipeline.cli.settings import constructor_arguments, read_catalogue
    from pipeline.cli.tagging.command import Tagging, refuse
    from pipeline.errors import PipelineError

    try:
        path, text = read_catalogue(constructor_arguments(table.constructor, constructor).get("config"))
        catalogue = Catalogue.parse(text, name=path)
        request = _request(given, catalogue)
    except PipelineError as error:
        return refuse(error, dry_run=given["dry_run"], as_json=given["as_json"])
    return Tagging(
        request=request,
        catalogue=catalogue,
        dry_run=given["dry_run"],
        yes=given["yes"],
        as_json=given["as_json"],
        rehearse=_rehearsal(table, constructor, given) if given["rehearse"] else None,
    ).run()


def _request(given: Mapping[str, Any], catalogue: "Catalogue") -> "Request":
    from pipeline.cli.tagging.wish import Request, wishes
    from pipeline.errors import BadFlag

    if given["rc"] and given["pre"]:
        raise BadFlag("--rc and --pre name two labels for one version.", next="Give one of them.")
    label = "rc" if given["rc"] else given["pre"] or None
    return Request(
        wishes=wishes(given["words"], catalogue, by_version=bool(given["bump"] or label)),
        bump=given["bump"],
        label=label,
        clone=given["clone"],
        ref=given["ref"],
        fetch=not given["no_fetch"],
        force_older=given["force_older"],
        annotate=given["annotate"],
        sign=given["sign"],
    )


def _rehearsal(table: Table, constructor: Mapping[str, str | None], given: Mapping[str, Any]) -> "Rehearse":
    """The dry run of releases, as the release command runs it, with its answer told here."""
    from pipeline.cli.call import Call
    from pipeline.cli.call import run as run_call

    release = next(command for command in table.commands if command.name == "release")
    defaults = {parameter.name: parameter.default for parameter in release.parameters}

    def rehearse(plans: "Sequence[Planned]") -> tuple[int, str]:
        told: list[str] = []
        tags, commit = [planned.tag.name for planned in plans], plans[0].commit.sha
        wanted = {"tag": tags, "dry_run": True, "ref": commit, "as_json": given["as_json"]}
        call = Call(
            table=table,
            command=release,
            arguments={**defaults, **wanted},
            constructor=constructor,
            engine=given["engine"],
            as_json=given["as_json"],
            output=None,
            verbose=given["verbose"],
            tell=told.append,
        )
        return run_call(call), "".join(told)

    return rehearse
