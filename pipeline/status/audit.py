"""Going over all release tags of all services, for those that were left half done or are wrongly marked."""

from collections.abc import Iterator, Sequence
from functools import partial

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pipeline import source
from pipeline.catalogue import Service
from pipeline.errors import PipelineError, Stranded
from pipeline.journal import Journal, Result, part, parts
from pipeline.parties import Parties
from pipeline.report import ErrorReport, document
from pipeline.runtime.concurrency import together
from pipeline.status import artifacts, findings
from pipeline.status.findings import Finding, Readings
from pipeline.status.present import Present
from pipeline.status.released import Releases
from pipeline.status.survey import LOOKS, Survey
from pipeline.status.unread import Unread
from pipeline.tag import Tag

STAGES = ("tags", "artifacts", "releases", "main")
"""What an audit reads, in its order."""

MAIN_LOOKS = 64
"""Tags without artifacts whose ancestry is looked at, newest first; the call that mends one refuses what is off main."""


class Audit(Struct, frozen=True, kw_only=True):
    """What an audit found; ``not_checked`` says what it could not look at."""

    tags: int
    services: int
    stranded: tuple[Finding, ...]
    not_checked: tuple[str, ...]
    error: ErrorReport | UnsetType = UNSET

    @property
    def problem(self) -> PipelineError | None:
        """The error that an audit with findings ends with."""
        if not self.stranded:
            return None
        return Stranded(
            f"{len(self.stranded)} of {self.tags} release tags are stranded.", next="Mend each with the call beside it."
        )

    def json(self) -> str:
        """The audit as one JSON document."""
        error = ErrorReport.of(self.problem) if self.problem else UNSET
        return document(msgspec.structs.replace(self, error=error))

    def text(self) -> str:
        """The audit for a person: a line per stranded tag, and below it the call that mends it."""
        lines = [f"✘ {finding.tag}: {finding.detail}\n    {finding.mend}" for finding in self.stranded]
        lines += [f"· not checked: {reason}" for reason in self.not_checked]
        said = self.problem.message if self.problem else f"{self.tags} release tags, none of them stranded."
        return "\n".join([*lines, *([""] if lines else []), said])


async def audit(parties: Parties, journal: Journal) -> Audit:
    """Read everything and judge it; what cannot be read is told as not checked."""
    readings = await read(parties, journal)
    return await judged(parties, readings, journal)


async def read(parties: Parties, journal: Journal) -> Readings:
    """Tags, what they ship, and releases, each listed as few times as possible."""
    survey = Survey(parties)
    services = survey.services()
    tags = await journal.stage("tags", _counted(survey, services))
    shipped = await journal.stage("artifacts", _artifacts(parties, services, tags))
    releases = await journal.stage("releases", _releases(survey))
    return Readings(tags, shipped, releases)


async def judged(parties: Parties, readings: Readings, journal: Journal) -> Audit:
    """What is wrong among the readings."""
    troubled = [tag for tags in readings.tags.values() for tag in reversed(tags) if findings.missing(tag, readings)]
    off_main = await journal.stage("main", _off_main(parties, troubled[:MAIN_LOOKS]))
    found = [findings.unfinished(tag, findings.missing(tag, readings), off_main) for tag in troubled]
    web = parties.github.repository
    found += [
        *findings.wrongly_marked(readings, web),
        *findings.wrong_latest(readings, [s.name for s in parties.catalogue.services.values() if s.table.latest], web),
    ]
    return Audit(
        tags=sum(len(tags) for tags in readings.tags.values()),
        services=len(readings.tags),
        stranded=tuple(found),
        not_checked=tuple(_unread(parties, readings)),
    )


async def _counted(survey: Survey, services: Sequence[Service]) -> Result[dict[str, list[Tag]]]:
    tags = await survey.tags(services)
    return Result(tags, f"{sum(len(known) for known in tags.values())} release tags of {len(tags)} services")


async def _artifacts(
    parties: Parties, services: Sequence[Service], tags: dict[str, list[Tag]]
) -> Result[dict[str, Present | Unread]]:
    parts(sum(bool(tags[service.name]) for service in services))
    works = [partial(artifacts.present, parties, service, tags[service.name]) for service in services]
    found = await together(works, limit=LOOKS)
    count = sum(len(there.whole) for there in found if isinstance(there, Present))
    there = {service.name: one for service, one in zip(services, found, strict=True)}
    return Result(there, f"{count} tags have their image or their npm packages")


async def _releases(survey: Survey) -> Result[Releases | Unread]:
    releases = await survey.releases()
    if isinstance(releases, Unread):
        return Result(releases, releases.detail)
    return Result(releases, f"{len(releases.published)} published, {len(releases.drafts)} only drafted")


async def _off_main(parties: Parties, tags: Sequence[Tag]) -> Result[frozenset[Tag]]:
    parts(len(tags))
    survey = Survey(parties)

    async def look(tag: Tag) -> bool:
        with part(f"commit of {tag}"):
            return await survey.is_on_main(await source.resolve(parties.source, tag), tag) is False

    off = await together([partial(look, tag) for tag in tags], limit=LOOKS)
    found = frozenset(tag for tag, is_off in zip(tags, off, strict=True) if is_off)
    return Result(found, f"{len(found)} of {len(tags)} unfinished tags are not on main")


def _unread(parties: Parties, readings: Readings) -> Iterator[str]:
    if isinstance(readings.releases, Unread):
        yield f"releases: {readings.releases.detail}"
    for service, there in readings.artifacts.items():
        if isinstance(there, Unread):
            yield f"{artifacts.WHAT[parties.catalogue.services[service].kind]} of {service}: {there.detail}"
