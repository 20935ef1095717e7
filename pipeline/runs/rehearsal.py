"""Rehearsing a change before it is merged: every service that it touches, as if it were released next."""

from dataclasses import dataclass, replace
from functools import partial

from pipeline import source, versions
from pipeline.catalogue import Service
from pipeline.journal import Journal
from pipeline.parties import Parties
from pipeline.release import Release
from pipeline.report import STAGES, Report
from pipeline.runs import affected
from pipeline.runs.prepared import prepared
from pipeline.runs.several import Run
from pipeline.runtime.credentials import Credential
from pipeline.source import Pinned
from pipeline.tag import Tag

FIRST = "v0.1.0"
"""The version that stands in where a service has no release yet."""

NOT_ASKED = Credential(None, "a change that is not merged needs no right to release")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One change: from where to where."""

    parties: Parties
    base: str
    head: str

    async def runs(self) -> dict[str, Run]:
        """A dry run of the next version of each service that the change touches, by its tag.

        Raises what `source.resolve_ref` and `Github.call` raise.
        """
        pinned = await source.resolve_ref(self.parties.source, self.head)
        base = self.base or self.parties.catalogue.main
        files = await self.parties.github.call(partial(affected.changed_files, base=base, head=pinned.commit))
        services = affected.touched(self.parties.catalogue, files)
        tags = [await self._next(service) for service in services]
        return {tag.name: partial(self._run, tag, pinned, alone=len(tags) == 1) for tag in tags}

    async def _next(self, service: Service) -> Tag:
        tags = await source.released_tags(self.parties.source, service.name)
        if not versions.counted(tags):
            return Tag.parse(f"{service.name}/{FIRST}")
        return versions.next_tag(service.name, tags)

    async def _run(self, tag: Tag, pinned: Pinned, *, alone: bool) -> Report:
        parties = replace(self.parties, github=replace(self.parties.github, credential=NOT_ASKED))
        stages = prepared(parties, tag, dry_run=True, ref=pinned.commit, off_main=True)
        return await Release(stages).run(Journal(STAGES, label="" if alone else tag.name))
