"""What would be tagged: the next version of every service, what it would ship, and whether CI would take it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pipeline.catalogue import Catalogue, Service
from pipeline.cli.tagging.clone import REMOTE, Change, Changes, Clone
from pipeline.cli.tagging.wish import Request, Wish
from pipeline.errors import NotOnMain, PipelineError, TagTaken, gathered
from pipeline.tag import Tag, tags_of
from pipeline.versions import check_order, counted, made_before, next_tag, previous


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One tag: the release before it, its commit, what came since, and whether origin has the tag already.

    ``changes`` is None for a first release. ``object_id`` is that of a tag which is in the clone or at origin.
    """

    tag: Tag
    service: Service
    since: Tag | None
    commit: Change
    changes: Changes | None
    remarks: tuple[str, ...]
    object_id: str | None
    pushed: bool


@dataclass(frozen=True, slots=True)
class Known:
    """Every tag there is, by name, with its object's ID: at origin, and in the clone.

    Without a fetch nobody knows what origin has: the clone's own tags stand for it, and none counts as pushed.
    """

    origin: Mapping[str, str]
    local: Mapping[str, str]
    fetched: bool

    def object_of(self, tag: Tag) -> str | None:
        """The ID of the tag's object, wherever the tag is."""
        return self.origin.get(tag.name) or self.local.get(tag.name)

    def is_pushed(self, tag: Tag) -> bool:
        """Whether origin has the tag for certain."""
        return self.fetched and tag.name in self.origin


def plan(request: Request, catalogue: Catalogue, clone: Clone) -> tuple[Planned, ...]:
    """Plan every tag. All that stands in the way is told at once: as one error of the kind that weighs most."""
    services = [wish.service.name for wish in request.wishes]
    origin = clone.fetch() if request.fetch else {}
    local = clone.tags(services)
    known = Known(origin if request.fetch else local, local, request.fetch)
    commit = clone.described(clone.commit(request.ref or clone.main_ref))
    planner = _Planner(request, catalogue, clone, known, commit)
    planned = [planner.planned(wish) for wish in request.wishes]
    if planner.problems:
        raise gathered(planner.problems)
    return tuple(one for one in planned if one)


@dataclass(slots=True)
class _Planner:
    request: Request
    catalogue: Catalogue
    clone: Clone
    known: Known
    commit: Change
    problems: list[PipelineError] = field(default_factory=list)

    def planned(self, wish: Wish) -> Planned | None:
        """The plan for one service; None when it goes to the problems."""
        service = wish.service
        tags = tags_of(service.name, self.known.origin)
        try:
            tag = wish.tag or self._next(service, tags)
        except PipelineError as error:
            self.problems.append(error)
            return None
        checks: list[Callable[[], None]] = [lambda: self._check_free(tag), lambda: self._check_on_main(tag)]
        if not self.request.force_older and not self.known.is_pushed(tag):
            checks.append(lambda: check_order(tag, tags))
        problems = [problem for check in checks if (problem := _problem(check))]
        self.problems += problems
        return None if problems else self._described(service, tag, tags)

    def _next(self, service: Service, tags: list[Tag]) -> Tag:
        bump, label = self.request.bump, self.request.label
        commits = self.clone.commits_of(self.known.origin[tag.name] for tag in tags)
        here = [tag for tag in tags if commits.get(self.known.origin[tag.name]) == self.commit.sha]
        made = made_before(service.name, tags, here, bump=bump, label=label)
        return made or next_tag(service.name, tags, bump=bump, label=label)

    def _check_free(self, tag: Tag) -> None:
        """Raise `TagTaken` when the tag is at another commit: at origin, or in this clone only."""
        if not (object_id := self.known.object_of(tag)):
            return
        commit = self.clone.commits_of([object_id]).get(object_id, "no commit")
        if commit == self.commit.sha:
            return
        if self.known.is_pushed(tag):
            raise TagTaken(
                f"{tag} is taken: at {REMOTE} it is at {commit[:12]}, not at {self.commit.sha[:12]}.",
                next="Published tags are history: take the next version instead.",
            )
        raise TagTaken(
            f"{tag} is in this clone, at {commit[:12]} and not at {self.commit.sha[:12]}.",
            next=f"If it was never pushed, delete it: git tag -d {tag}. Otherwise take the next version.",
        )

    def _check_on_main(self, tag: Tag) -> None:
        exempt = tag.prerelease and self.catalogue.prereleases_off_main
        if not exempt and not self.clone.is_on_main(self.commit.sha):
            raise NotOnMain(
                f"{tag} would be at {self.commit.sha[:12]}, which is not on {self.catalogue.main} of {REMOTE}.",
                next=f"Merge it to {self.catalogue.main} first, or leave out --ref to tag what is there.",
            )

    def _described(self, service: Service, tag: Tag, tags: list[Tag]) -> Planned:
        since = previous(tag, tags)
        base = self.clone.commits_of([self.known.origin[since.name]]) if since else {}
        changes = [self.clone.changes(start, self.commit.sha, service.table.paths) for start in base.values()]
        return Planned(
            tag=tag,
            service=service,
            since=since,
            commit=self.commit,
            changes=changes[0] if changes else None,
            remarks=(*self._remarks_on_origin(), *_remarks(service, tag, tags, changes)),
            object_id=self.known.object_of(tag),
            pushed=self.known.is_pushed(tag),
        )

    def _remarks_on_origin(self) -> list[str]:
        at, meant = self.clone.repository, self.catalogue.repository
        if at is None or at.lower() == meant.lower():
            return []
        return [f"{REMOTE} is {at}, not {meant}: nothing releases what is pushed there"]


def _remarks(service: Service, tag: Tag, tags: list[Tag], changes: list[Changes]) -> list[str]:
    """What a person should know, though no rule forbids it."""
    remarks = []
    where = f" in {', '.join(service.table.paths)}" if service.table.paths else ""
    if changes and not changes[0].commits and not changes[0].pulls:
        remarks.append(f"nothing changed{where} since then")
    highest = counted([other for other in tags if other != tag])[-1:]
    for other in highest:
        same = other.version.finalize_version() == tag.version.finalize_version()
        if other.prerelease and not tag.prerelease and same:
            remarks.append(f"finishes {other.image_tag}")
        elif other.version > tag.version:
            remarks.append(f"lower than {other.image_tag}, which is there already")
    return remarks


def _problem(check: Callable[[], None]) -> PipelineError | None:
    try:
        check()
    except PipelineError as error:
        return error
    return None
