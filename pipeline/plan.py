"""The GitHub release as it should be: what it says, and what is attached to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic

from pipeline import __version__, notes, source, versions
from pipeline.artifact import Artifact, BuiltT, PublishedT
from pipeline.github.history import History, between
from pipeline.github.publishing import Plan
from pipeline.record import Contents, NotesRecord, Record, service_digest
from pipeline.request import Request
from pipeline.runtime.concurrency import both
from pipeline.source import Pinned
from pipeline.tag import Tag


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new in a release: the service's previous tag, if any, and what came after it.

    ``history`` is None where nobody can tell.
    """

    since: Tag | None = None
    history: History | None = None


class Planner(Generic[BuiltT, PublishedT]):
    """Plans the GitHub release of one request; everything in it follows from git, the registry and GitHub."""

    def __init__(self, request: Request, artifact: Artifact[BuiltT, PublishedT]) -> None:
        self._request = request
        self._artifact = artifact

    async def changes(self, pinned: Pinned) -> Changes:
        """What came after the service's previous release, as git and GitHub tell it."""
        tag = self._request.tag
        tags = await source.released_tags(self._request.source, tag.service)
        since = versions.previous(tag, tags)
        return Changes(since, await self._history(since, pinned) if since else None)

    async def plan(self, pinned: Pinned, changes: Changes, built: BuiltT | None, published: PublishedT) -> Plan:
        """The release with its notes since the service's previous one, its files, and the record."""
        tag = self._request.tag
        files = self._artifact.assets(built)
        digests = {file.name: file.digest for file in files}
        written, latest = await both(
            partial(self.record, pinned, published, digests, since=changes.since), self._is_latest
        )
        return Plan(
            tag=tag,
            commit=pinned.commit,
            body=self.notes(changes, published.instructions()),
            latest=latest,
            assets=(*files, written.asset()),
        )

    async def record(
        self, pinned: Pinned, published: PublishedT | None, files: Mapping[str, str], *, since: Tag | None
    ) -> Record:
        """What the release is made of, as git and the registry have it now, with notes that begin at ``since``.

        ``files`` are the GitHub release's besides the record, by name and digest.
        """
        request = self._request
        base = await source.resolve(request.source, since) if since else None
        shipped = await self._artifact.record(published, files) if published else Contents()
        return Record(
            tag=request.tag.name,
            commit=pinned.commit,
            image=shipped.image,
            archives=shipped.archives,
            packages=shipped.packages,
            catalogue=service_digest(request.service),
            notes=NotesRecord(
                since=since.name if since else None, base=base.commit if base else None, until=request.tag.name
            ),
            pipeline=__version__,
        )

    def notes(self, changes: Changes, instructions: str) -> str:
        """The release's notes; ``instructions`` say how to get the artifact."""
        request = self._request
        return notes.Notes(
            web=request.github.web,
            tag=request.tag,
            paths=request.service.table.paths,
            since=changes.since,
            history=changes.history,
            instructions=instructions,
        ).render()

    async def _is_latest(self) -> bool:
        """Whether this is the service's highest version now: a higher one may have been tagged during the build."""
        request = self._request
        if request.tag.prerelease or not request.service.table.latest:
            return False
        return versions.is_latest(
            request.tag, await source.released_tags(request.source, request.tag.service, again=True)
        )

    async def _history(self, since: Tag, pinned: Pinned) -> History | None:
        # By commits: where a branch is named like a tag, GitHub may take the branch.
        base = (await source.resolve(self._request.source, since)).commit
        paths = self._request.service.table.paths
        return await self._request.github.call(partial(between, base=base, head=pinned.commit, paths=paths))
