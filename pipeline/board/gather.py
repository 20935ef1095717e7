"""Everything the board shows, read once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from pipeline.journal import Journal, Result
from pipeline.parties import Parties
from pipeline.runtime.concurrency import both
from pipeline.status import audit as audits
from pipeline.status.audit import Audit
from pipeline.status.findings import Readings
from pipeline.status.rows import Status
from pipeline.status.survey import Listings, Survey, newest_of

STAGES = (*audits.STAGES, "services")
"""What gathering reads, in its order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Where the newest tags stand, what is stranded, and when that was so."""

    repository: str
    web: str
    environments: tuple[str, ...]
    kinds: dict[str, str]
    status: Status
    audit: Audit
    at: datetime


async def gather(parties: Parties, journal: Journal) -> Facts:
    """Read tags, images, releases and pins; each listing serves both the newest tags and the audit."""
    readings = await audits.read(parties, journal)
    audit = await audits.judged(parties, readings, journal)
    status = await journal.stage("services", _status(parties, readings))
    catalogue = parties.catalogue
    return Facts(
        repository=catalogue.repository,
        web=parties.github.web,
        environments=tuple(catalogue.infra.pins) if catalogue.infra else (),
        kinds={name: service.kind for name, service in catalogue.services.items()},
        status=status,
        audit=audit,
        at=datetime.now(UTC),
    )


async def _status(parties: Parties, readings: Readings) -> Result[Status]:
    survey = Survey(parties)
    tags = [tag for known in readings.tags.values() for tag in newest_of(known)]
    pins, looks = await both(partial(survey.pins, survey.services()), partial(survey.looks, tags))
    rows = tuple(survey.row(look, Listings(readings.releases, pins)) for look in looks)
    untagged = tuple(name for name, known in readings.tags.items() if not known)
    return Result(Status(rows=rows, untagged=untagged), f"{len(rows)} newest tags")
