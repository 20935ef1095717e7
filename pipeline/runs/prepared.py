"""One run made ready: a tag, the parties it is about, and what it ships, put together as a release."""

from collections.abc import Awaitable, Callable
from typing import Any

from pipeline.artifact import Artifact
from pipeline.errors import PipelineError
from pipeline.journal import Journal
from pipeline.parties import Parties
from pipeline.release import Release, Stopped
from pipeline.report import STAGES, Report, rejected
from pipeline.request import Request
from pipeline.runtime import limits
from pipeline.stages import Stages
from pipeline.tag import Tag

Make = Callable[[Parties, Tag], Artifact[Any, Any]]
"""How a tag's artifact is made: `Parties.artifact`, or what takes one kind only."""


def prepared(
    parties: Parties,
    tag: Tag,
    *,
    dry_run: bool = False,
    ref: str = "",
    off_main: bool = False,
    make: Make = Parties.artifact,
) -> Stages[Any, Any]:
    """The stages of a tag's release, ready to run; ``off_main`` exempts its commit from being on main.

    Raises `UnknownService`, or `BadFlag` for a ``ref`` without ``dry_run``.
    """
    catalogue = parties.catalogue
    request = Request(
        tag=tag,
        service=catalogue.service_of(tag),
        may_be_off_main=off_main or (tag.prerelease and catalogue.prereleases_off_main),
        source=parties.source,
        github=parties.github,
        dry_run=dry_run,
        ref=ref,
    )
    return Stages(request, make(parties, tag))


async def run(name: str, *, parties: Callable[[], Awaitable[Parties]], dry_run: bool, ref: str, alone: bool) -> Report:
    """Prepare a release and run it to its end; ``alone`` is whether no other one runs beside it.

    Raises `Stopped`, also for what could not even be prepared.
    """
    try:
        tag = Tag.parse(name)
        everybody = await parties()
        # Here, because each run's task has limits of its own.
        limits.use(everybody.catalogue.limits)
        stages = prepared(everybody, tag, dry_run=dry_run, ref=ref)
    except PipelineError as error:
        raise Stopped(error, rejected(name, error, dry_run=dry_run)) from error
    return await Release(stages).run(Journal(STAGES, label="" if alone else name))
