"""``pipeline cache``: what the local session keeps on this machine, and removing it; once a day by itself."""

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli import amounts, options
from pipeline.cli.options import option
from pipeline.cli.table import Table
from pipeline.runtime.limits import Limits

if TYPE_CHECKING:
    from pipeline.local.cache import Entry

HELP = """See what the local session keeps on this machine, and remove it.

That is: images that were built or built from, commits and trees of git remotes, and the caches of build tools. It only
makes runs faster. Once a day, after a run, what no run has used for long goes by itself, and what is more than the limits
of the catalogue allow."""

OPTIONS = [
    option("prune", bool, typer.Option("--prune", help="Remove what is beyond the limits."), False),
    option("clear", bool, typer.Option("--clear", help="Remove everything."), False),
    option("keep", str, typer.Option("--keep", metavar="SIZE", help="With --prune: keep at most this, as 10GB."), ""),
    option(
        "older_than",
        str,
        typer.Option("--older-than", metavar="TIME", help="With --prune: what was not used for this, as 30d or 12h."),
        "",
    ),
    option(
        "config", str | None, typer.Option("--config", metavar="FILE", help="The catalogue, whose limits hold."), None
    ),
    options.JSON,
]

PATIENCE = 300.0
"""Seconds that a person may wait for what they asked for."""

IN_PASSING = 10.0
"""Seconds that each step of the daily tidying may take."""


def run(table: Table, constructor: Mapping[str, str | None], given: Mapping[str, Any]) -> int:
    """Show the cache, or remove what is asked for, and give back the exit code."""
    from pipeline.errors import PipelineError
    from pipeline.report import error_document

    try:
        text = _answer(_limits(table, constructor), given)
    except PipelineError as error:
        if given["as_json"]:
            print(error_document(error))
        else:
            print(error.text, file=sys.stderr)
        return error.exit_code
    print(text)
    return 0


def tidy(limits: Limits) -> None:
    """Remove what is beyond the limits, unless that was looked at today or a run is using it.

    It comes after a run has told its answer; that it does not succeed is no failure of that run.
    """
    from pipeline.local.cache import chosen, discard, entries
    from pipeline.local.failure import Failure
    from pipeline.local.workspace import default_cache
    from pipeline.process import ProcessError

    cache = default_cache()
    with suppress(OSError, Failure, ProcessError):
        if _looked_at_today(cache / "tidied"):
            return
        kept = entries(cache, within=IN_PASSING)
        going = chosen(
            kept, keep=limits.cache_gigabytes * amounts.GIGABYTE, since=time.time() - limits.cache_days * amounts.DAY
        )
        discard(cache, going, within=IN_PASSING)
        if going:
            print(
                f"cache: removed {amounts.size(sum(entry.size for entry in going))}; see pipeline cache",
                file=sys.stderr,
            )


def _looked_at_today(stamp: Path) -> bool:
    """Whether it was; from now on it is. A cache that is new has nothing to remove."""
    if not stamp.parent.is_dir():
        return True
    is_new = not stamp.exists()
    if not is_new and time.time() - stamp.stat().st_mtime < amounts.DAY:
        return True
    stamp.touch()
    return is_new


def _answer(limits: Limits, given: Mapping[str, Any]) -> str:
    from pipeline.errors import BadFlag
    from pipeline.local.cache import chosen, entries
    from pipeline.local.workspace import default_cache

    if (given["keep"] or given["older_than"]) and not given["prune"]:
        raise BadFlag("--keep and --older-than say what --prune is to do.", next="Add --prune.")
    if given["prune"] and given["clear"]:
        raise BadFlag("--prune and --clear exclude each other.", next="Leave one of them out.")
    cache = default_cache()
    kept = entries(cache)
    keep = amounts.bytes_of("--keep", given["keep"]) if given["keep"] else limits.cache_gigabytes * amounts.GIGABYTE
    age = (
        amounts.seconds_of("--older-than", given["older_than"])
        if given["older_than"]
        else limits.cache_days * amounts.DAY
    )
    going = chosen(kept, keep=keep, since=time.time() - age) if given["prune"] else kept if given["clear"] else []
    if given["prune"] or given["clear"]:
        _discard(cache, going)
    staying = [entry for entry in kept if entry not in going]
    return _as_json(cache, staying, going) if given["as_json"] else _as_text(cache, staying, going, limits)


def _discard(cache: Path, going: Sequence["Entry"]) -> None:
    from pipeline.errors import EngineUnavailable, ToolMissing
    from pipeline.local.cache import InUse, discard
    from pipeline.process import ProcessError, ProgramMissing
    from pipeline.programs import advice

    try:
        discard(cache, going, within=PATIENCE)
    except InUse:
        raise EngineUnavailable(
            f"The cache {cache} is in use: a run works with it now.",
            next="Run the same call again when that has ended.",
        ) from None
    except ProgramMissing as missing:
        raise ToolMissing(
            f"Images are removed by {missing.program}, which is not on the PATH.", next=advice(missing.program)
        ) from None
    except (ProcessError, OSError) as error:
        raise EngineUnavailable(
            f"The cache {cache} cannot be removed: {error}.", next="Remove the folder by hand."
        ) from None


def _limits(table: Table, constructor: Mapping[str, str | None]) -> Limits:
    """The catalogue's limits; without a catalogue here, the usual ones."""
    from pipeline.catalogue import Catalogue
    from pipeline.cli.settings import constructor_arguments, read_catalogue
    from pipeline.errors import BadCatalogue

    named = constructor_arguments(table.constructor, constructor).get("config")
    try:
        path, text = read_catalogue(named)
    except BadCatalogue:
        if named:
            raise
        return Limits()
    return Catalogue.parse(text, name=path).limits


def _as_json(cache: Path, staying: Sequence["Entry"], going: Sequence["Entry"]) -> str:
    from pipeline.report import document

    def told(entries: Sequence["Entry"]) -> list[dict[str, object]]:
        return [
            {
                "kind": entry.kind,
                "path": str(entry.folder),
                "bytes": entry.size,
                "used": datetime.fromtimestamp(entry.used).astimezone().isoformat(timespec="seconds"),
            }
            for entry in entries
        ]

    return document({"cache": str(cache), "kept": told(staying), "removed": told(going)})


def _as_text(cache: Path, staying: Sequence["Entry"], going: Sequence["Entry"], limits: Limits) -> str:
    from pipeline.report import aligned

    rows = [("KEPT", "SIZE", "LAST USED")]
    for kind, what in WHAT.items():
        of_kind = [entry for entry in staying if entry.kind == kind]
        if of_kind:
            newest = max(entry.used for entry in of_kind)
            rows.append(
                (what.format(len(of_kind)), amounts.size(sum(entry.size for entry in of_kind)), amounts.ago(newest))
            )
    rows.append(("all", amounts.size(sum(entry.size for entry in staying)), ""))
    gone = [f"removed {amounts.size(sum(entry.size for entry in going))}"] if going else []
    bounds = f"at most {limits.cache_gigabytes:g} GB, and nothing that no run has used for {limits.cache_days:g} days"
    return "\n".join([*gone, str(cache), *(f"  {line}" for line in aligned(rows)), f"It keeps {bounds}."])


WHAT = {
    "images": "images and layers to build from",
    "builds": "images built ({})",
    "git": "git remotes ({})",
    "volumes": "caches of build tools ({})",
}
