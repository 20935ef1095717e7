"""How the cost of a release grows with the age of the monorepo and with the number of platforms."""

from collections.abc import Iterator

from pipeline.demo.github.people import now
from pipeline.demo.github.store import Release
from pipeline.demo.monorepo_tree import SERVICES
from tests.bench.place import Place, place
from tests.bench.release import pairs
from tests.bench.results import Cell, Row
from tests.bench.scale import Scale
from tests.bench.servers import Servers

WARM = "pipeline, warm"
PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x")
CROSS = """\
FROM --platform=$BUILDPLATFORM {base} AS build
ARG SERVICE VERSION REVISION CREATED TARGETARCH TARGETVARIANT
RUN echo "$SERVICE $VERSION for $TARGETARCH $TARGETVARIANT" > /program
FROM scratch
COPY --from=build /program /program
"""


def measure_commits(servers: Servers, scale: Scale) -> Iterator[Row]:
    """Releases of the last commit of histories that get longer."""
    for commits in scale.commits:
        here = place(servers, servers.large(commits), f"commits-{commits}")
        row = pairs(here, f"{commits:,}", scale.rounds, cold=True, size=commits)
        warm = tuple(here.by_pipeline() for _ in range(scale.rounds))
        yield Row(of=row.of, size=row.size, cells=(*row.cells, Cell(way=WARM, values=warm)))


def measure_tags(servers: Servers, scale: Scale) -> Iterator[Row]:
    """Releases in histories of one length, with ever more released tags in them."""
    for count in scale.tags:
        tags = [_tag(number) for number in range(count)]
        name = f"tags-{count}"
        here = place(servers, servers.tagged(name, max(scale.tags), tags), name)
        _publish(here, tags)
        here.by_hand(), here.by_pipeline()
        yield pairs(here, f"{count:,}", scale.rounds, cold=False, size=count)


def measure_platforms(servers: Servers, scale: Scale) -> Iterator[Row]:
    """Releases of one cross-compiling Dockerfile for ever more platforms."""
    for count in scale.platforms:
        name = f"platforms-{count}"
        monorepo = servers.small(name, Dockerfile=CROSS.format(base=servers.base))
        here = place(servers, monorepo, name, platforms=PLATFORMS[:count])
        yield pairs(here, str(count), scale.rounds, cold=True, size=count)


def _tag(number: int) -> str:
    service, version = SERVICES[number % len(SERVICES)], number // len(SERVICES)
    return f"{service}/v0.{version // 20}.{version % 20}"


def _publish(here: Place, tags: list[str]) -> None:
    """Have GitHub know a release of every tag, as it does where these were released."""
    store, commits = here.servers.github.store, here.monorepo.refs()
    for tag in tags:
        release = Release(
            id=store.new_id(),
            tag_name=tag,
            target_commitish=commits[f"refs/tags/{tag}"],
            name=tag,
            body="notes\n" * 40,
            draft=False,
            prerelease=False,
            author="octocat",
            created_at=now(),
            published_at=now(),
        )
        store.repositories[here.name].releases[release.id] = release
