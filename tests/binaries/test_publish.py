"""npm packages in a real registry: adopted or refused by content, tagged safely, and finished after any kill."""

import gzip
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import anyio
import pytest
from dagger import dag
from semver import Version

from pipeline.binaries import published
from pipeline.binaries.document import document
from pipeline.binaries.npm import Npm
from pipeline.binaries.packages import Package
from pipeline.binaries.published import PublishedPackages
from pipeline.errors import NotAuthorized, PackageTaken, PipelineError, RegistryUnavailable
from pipeline.runtime import limits
from pipeline.runtime.concurrency import together
from pipeline.runtime.credentials import Credential
from tests.binaries.made import COMMIT, made
from tests.binaries.npm_registry import NpmRegistry
from tests.faults.proxy import Proxy
from tests.faults.rules import Answer, Reset
from tests.site import local_session

pytestmark = pytest.mark.anyio

OTHER_COMMIT = "b" * 40
WRITES = "PUT"


@pytest.fixture(autouse=True)
async def session(tmp_path: Path) -> AsyncIterator[None]:
    """A session, which is where secrets are, and waits that a test can afford."""
    limits.use(limits.Limits(first_wait=0.01, longest_wait=0.05, attempts=2))
    async with local_session(tmp_path / "cache"):
        yield
    limits.use(limits.Limits())


def registry_at(url: str, token: str) -> Npm:
    return Npm(url=url, credential=Credential(dag.set_secret("npm", token)))


@pytest.fixture
def npm(npm_registry: NpmRegistry) -> Npm:
    """The registry, with a token that may publish."""
    return registry_at(npm_registry.url, npm_registry.token)


async def publish(npm: Npm, made: list[Package], *released: str) -> PublishedPackages:
    return (await published.publish(npm, made, [Version.parse(version) for version in released])).published


async def test_published_once_found_and_adopted(npm: Npm, npm_registry: NpmRegistry, package: str) -> None:
    ours = made(package)
    assert await published.find(npm, package, "1.0.0", COMMIT) is None
    first = await publish(npm, ours)
    assert [one.integrity for one in (*first.platforms, first.main)] == [one.integrity for one in ours]
    assert await published.find(npm, package, "1.0.0", COMMIT) == first
    assert await publish(npm, ours) == first
    assert npm_registry.tarball(package, "1.0.0") == ours[-1].tarball


async def test_the_same_content_in_other_bytes_is_adopted(npm: Npm, npm_registry: NpmRegistry, package: str) -> None:
    ours = made(package)
    other = gzip.compress(gzip.decompress(ours[0].tarball), compresslevel=1, mtime=1)
    theirs = Package(manifest=ours[0].manifest, tarball=other, commit=COMMIT)
    npm_registry.publish(document(theirs, "latest", npm_registry.url))
    done = await publish(npm, ours)
    assert done.platforms[0].integrity == theirs.integrity != ours[0].integrity


async def test_other_content_is_refused_before_anything_is_published(
    npm: Npm, npm_registry: NpmRegistry, package: str
) -> None:
    theirs = made(package, content=b"something else")[1]
    npm_registry.publish(document(theirs, "latest", npm_registry.url))
    with pytest.raises(PackageTaken, match=rf"{theirs.name}@1\.0\.0 is taken"):
        await publish(npm, made(package))
    assert npm_registry.versions(package) == []
    assert npm_registry.versions(made(package)[0].name) == []


async def test_another_commits_version_is_refused_without_a_build(npm: Npm, package: str) -> None:
    await publish(npm, made(package, commit=OTHER_COMMIT))
    with pytest.raises(PackageTaken, match=rf"it is of commit {OTHER_COMMIT}, not {COMMIT}"):
        await published.find(npm, package, "1.0.0", COMMIT)


async def test_dist_tags(npm: Npm, npm_registry: NpmRegistry, package: str) -> None:
    for version in ("1.0.0", "2.0.0", "1.0.1", "2.1.0-rc.1", "2.1.0-rc.3", "2.1.0-rc.2"):
        await publish(npm, made(package, version)[-1:])
    assert npm_registry.tags(package) == {"latest": "2.0.0", "next": "2.1.0-rc.3", "backport": "2.1.0-rc.2"}


async def test_a_higher_tag_in_git_counts_before_it_is_published(
    npm: Npm, npm_registry: NpmRegistry, package: str
) -> None:
    await publish(npm, made(package, "1.0.0")[-1:])
    await publish(npm, made(package, "1.0.1")[-1:], "1.0.0", "1.1.0")
    assert npm_registry.tags(package) == {"latest": "1.0.0", "backport": "1.0.1"}


async def test_latest_gives_way_to_a_version_that_came_in_between(
    npm_registry: NpmRegistry, npm: Npm, package: str
) -> None:
    """1.0.1 looks, 2.0.0 is published, 1.0.1 is published as latest: afterwards latest is 2.0.0 again."""
    await publish(npm, made(package, "1.0.0")[-1:])
    await publish(npm, made(package, "2.0.0")[-1:])
    await npm.move_tag(package, "latest", "1.0.0")
    npm_registry.publish(document(made(package, "1.0.1")[-1], "latest", npm_registry.url))
    assert npm_registry.tags(package)["latest"] == "1.0.1"
    await published._give_way(npm, package, "latest", Version.parse("1.0.1"))
    assert npm_registry.tags(package)["latest"] == "2.0.0"


async def test_a_person_who_moved_latest_back_is_not_overruled(
    npm: Npm, npm_registry: NpmRegistry, package: str
) -> None:
    await publish(npm, made(package, "1.0.0")[-1:])
    await publish(npm, made(package, "1.1.0")[-1:])
    await npm.move_tag(package, "latest", "1.0.0")
    await publish(npm, made(package, "1.1.0")[-1:])
    assert npm_registry.tags(package)["latest"] == "1.0.0"


async def test_killed_after_every_write_in_turn(
    npm_registry: NpmRegistry, package: str, proxy_to: Callable[[str], Proxy]
) -> None:
    proxy = proxy_to(npm_registry.address)
    npm = registry_at(proxy.url, npm_registry.token)
    ours = made(package)
    for turn, one in enumerate(ours):
        # A write is done, but the run that sent it never hears of it, and comes no further.
        proxy.on(WRITES, "", Reset(0, "answer"), times=None)
        with pytest.raises(RegistryUnavailable):
            await publish(npm, ours)
        proxy.clear()
        assert [bool(npm_registry.versions(each.name)) for each in ours] == [at <= turn for at in range(len(ours))], one
    done = await publish(npm, ours)
    assert await published.find(npm, package, "1.0.0", COMMIT) == done
    for one in ours:
        assert npm_registry.versions(one.name) == ["1.0.0"]
        assert npm_registry.tarball(one.name, "1.0.0") == one.tarball


async def test_killed_before_the_first_write(
    npm_registry: NpmRegistry, package: str, proxy_to: Callable[[str], Proxy]
) -> None:
    proxy = proxy_to(npm_registry.address)
    rule = proxy.on(WRITES, "", Reset(0, "request"), times=None)
    with pytest.raises(RegistryUnavailable):
        await publish(registry_at(proxy.url, npm_registry.token), made(package))
    assert rule.struck.is_set()
    assert npm_registry.versions(package) == []


async def test_an_answer_that_is_lost_does_not_publish_twice(
    npm_registry: NpmRegistry, package: str, proxy_to: Callable[[str], Proxy]
) -> None:
    proxy = proxy_to(npm_registry.address)
    rule = proxy.on(WRITES, package, Reset(0, "answer"))
    done = await publish(registry_at(proxy.url, npm_registry.token), made(package))
    assert rule.struck.is_set()
    assert done.main.name == package
    assert npm_registry.versions(package) == ["1.0.0"]


async def test_runs_at_the_same_time_publish_once(npm: Npm, npm_registry: NpmRegistry, package: str) -> None:
    ours = made(package)
    first, second = await together([partial(publish, npm, ours), partial(publish, npm, ours)])
    assert first == second
    assert npm_registry.versions(package) == ["1.0.0"]


async def test_a_token_is_needed_and_checked(npm_registry: NpmRegistry, package: str) -> None:
    nobody = Npm(url=npm_registry.url, credential=Credential(None, "none was passed"))
    with pytest.raises(NotAuthorized, match="There is no npm token: none was passed"):
        await nobody.check_token()
    wrong = registry_at(npm_registry.url, "npm_wrong")
    with pytest.raises(NotAuthorized, match="does not let this token in"):
        await wrong.check_token()
    with pytest.raises(NotAuthorized):
        await publish(wrong, made(package))
    assert npm_registry.versions(package) == []
    await registry_at(npm_registry.url, npm_registry.token).check_token()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(503), RegistryUnavailable),
        (Answer(500, body=b"<html>"), RegistryUnavailable),
        (Answer(200, body=b"<html>captive portal"), RegistryUnavailable),
        (Answer(403, body=b'{"error": "forbidden"}'), NotAuthorized),
    ],
    ids=["503", "500", "html", "403"],
)
async def test_what_cannot_be_told_is_no_absence(
    answer: Answer,
    kind: type[PipelineError],
    npm_registry: NpmRegistry,
    package: str,
    proxy_to: Callable[[str], Proxy],
) -> None:
    proxy = proxy_to(npm_registry.address)
    proxy.on("GET", package, answer, times=None)
    with pytest.raises(kind):
        await publish(registry_at(proxy.url, npm_registry.token), made(package)[-1:])
    assert [exchange.method for exchange in proxy.journal if exchange.method == WRITES] == []


async def test_a_registry_that_is_not_there(package: str) -> None:
    with anyio.fail_after(20), pytest.raises(RegistryUnavailable, match=r"http://127\.0\.0\.1:1 did not answer"):
        await published.find(registry_at("http://127.0.0.1:1", "x"), package, "1.0.0", COMMIT)


async def test_the_token_is_not_shown_to_another_host(npm_registry: NpmRegistry, package: str) -> None:
    npm = registry_at("http://localhost:1", npm_registry.token)
    assert b"robot" not in await npm.tarball(f"{npm_registry.url}/-/whoami")
    assert b"robot" in await registry_at(npm_registry.url, npm_registry.token).tarball(f"{npm_registry.url}/-/whoami")


async def test_a_registry_that_asks_to_wait_is_given_the_time(
    npm_registry: NpmRegistry, package: str, proxy_to: Callable[[str], Proxy]
) -> None:
    proxy = proxy_to(npm_registry.address)
    npm = registry_at(proxy.url, npm_registry.token)
    proxy.on("GET", package, Answer(429, headers={"Retry-After": "1"}))
    started = anyio.current_time()
    await npm.package(package)
    assert anyio.current_time() - started >= 1
    proxy.on("GET", package, Answer(429, headers={"Retry-After": "3600"}), times=None)
    with pytest.raises(RegistryUnavailable, match="a wait of 3600 seconds"):
        await npm.package(package)
    assert len(proxy.journal) == 3
