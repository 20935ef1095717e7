"""The GitHub release as it should be: what it says, and what is attached to it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Generic

from pipeline import __version__, notes, source, versions
from pipeline.artifact import Artifact, BuiltT, PublishedT
from pipeline.github import history
from pipeline.github.publishing import Plan
from pipeline.record import Contents, NotesRecord, Record, service_digest
from pipeline.request import Request
from pipeline.source import Pinned
from pipeline.tag import Tag


class Planner(Generic[BuiltT, PublishedT]):
    """Plans the GitHub release of one request; everything in it follows from git, the registry and GitHub."""

    def __init__(self, request: Request, artifact: Artifact[BuiltT, PublishedT]) -> None:
        self._request = request
        self._artifact = artifact

    async def plan(self, pinned: Pinned, built: BuiltT | None, published: PublishedT) -> Plan:
        """The release with its notes since the service's previous one, its files, and the record."""
        tag = self._request.tag
        tags = await source.released_tags(self._request.source, tag.service)
        files = self._artifact.assets(built)
        digests = {file.name: file.digest for file in files}
        written = await self.record(pinned, published, digests, since=versions.previous(tag, tags))
        return Plan(
            tag=tag,
            commit=pinned.commit,
            body=await self.notes(pinned, tags, published.instructions()),
            latest=self._request.service.table.latest and versions.is_latest(tag, tags),
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

    async def notes(self, pinned: Pinned, tags: Sequence[Tag], instructions: str) -> str:
        """The release's notes; ``tags`` are all of the service, and ``instructions`` how to get the artifact."""
        request = self._request
        since = versions.previous(request.tag, tags)
        return notes.Notes(
            web=request.github.web,
            tag=request.tag,
            paths=request.service.table.paths,
            since=since,
            history=await self._history(since, pinned) if since else None,
            instructions=instructions,
        ).render()

    async def _history(self, since: Tag, pinned: Pinned) -> history.History | None:
        # By commits: where a branch is named like a tag, GitHub may take the branch.
        base = (await source.resolve(self._request.source, since)).commit
        paths = self._request.service.table.paths
        return await self._request.github.call(partial(history.between, base=base, head=pinned.commit, paths=paths))
