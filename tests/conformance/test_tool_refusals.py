"""A command-line tool that cannot be released is told of in the same words on every engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from pipeline.binaries.document import document
from tests.binaries import stand_in
from tests.binaries.made import made
from tests.binaries.npm_registry import NpmRegistry
from tests.binaries.tool_site import CONFIG, tool_site
from tests.conformance.conftest import Session
from tests.site import Site

pytestmark = pytest.mark.anyio

TAG = "cli/v1.2.3"
KEY = "a-licence-key-0123456789"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A tool that cannot be released: what is changed beforehand, and how the run ends."""

    kind: str
    exit_code: int
    words: tuple[str, ...]
    first: str = ":"
    """What GoReleaser's stand-in does before all."""
    image: str = "goreleaser"
    tag: str | None = None
    """The image's, where it is not the pushed one."""
    configuration: str | None = CONFIG
    settings: Mapping[str, str] = field(default_factory=dict)
    without: str = ""
    """The token that is not passed."""
    tokens: Mapping[str, str] = field(default_factory=dict)


CASES = {
    "build fails": Case(
        kind="build-failed",
        exit_code=5,
        first="echo the reason >&2; exit 7",
        words=(TAG, "exit code 7", "the reason"),
    ),
    "nothing built": Case(
        kind="build-failed",
        exit_code=5,
        first="mkdir dist; echo '[]' > dist/artifacts.json; exit 0",
        words=("archives",),
    ),
    "no list": Case(kind="build-failed", exit_code=5, first="mkdir dist; exit 0", words=("artifacts.json",)),
    "no output": Case(kind="build-failed", exit_code=5, first="exit 0", words=("dist",)),
    "unknown key": Case(
        kind="build-failed",
        exit_code=5,
        first="echo 'line 3: field nope not found in type config.Project' >&2; exit 1",
        words=("nope (in Project)",),
    ),
    "key of the paid edition": Case(
        kind="build-failed", exit_code=5, configuration=f"{CONFIG}nightly: {{}}\n", words=("nightly",)
    ),
    "no configuration": Case(kind="build-failed", exit_code=5, configuration=None, words=(".goreleaser.yaml",)),
    "no image": Case(
        kind="registry-unavailable", exit_code=4, tag="none", words=("GoReleaser's image", "goreleaser:none")
    ),
    "no token": Case(kind="not-authorized", exit_code=4, without="npm_token", words=("no npm token", "--npm-token")),
    "npm down": Case(
        kind="registry-unavailable",
        exit_code=4,
        settings={"npm_registry": "http://127.0.0.1:1"},
        words=("http://127.0.0.1:1 did not answer",),
    ),
    "wrong licence": Case(
        kind="build-failed",
        exit_code=5,
        image="goreleaser-pro",
        first='echo "no licence: $GORELEASER_KEY" >&2; exit 9',
        tokens={"goreleaser_key": KEY},
        words=("no licence: ***",),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_what_cannot_be_released(
    site: Site, npm_registry: NpmRegistry, engine: str, new_session: Session, case: Case
) -> None:
    site = prepared(site, npm_registry, case)
    async with new_session():
        ended = await site.release(TAG)
    assert (ended.exit_code, ended.error["kind"]) == (case.exit_code, case.kind), ended.error
    for word in case.words:
        assert word in ended.error["message"] + ended.error["next"]
    told = str(ended.report)
    assert not [word for word in ("traceparent", "xxh3", KEY) if word in told]
    assert len(ended.error["message"]) < 1500
    assert site.published() == {}
    assert npm_registry.versions(package(site)) == []


async def test_a_version_of_another_commit(
    site: Site, npm_registry: NpmRegistry, engine: str, new_session: Session
) -> None:
    site = prepared(site, npm_registry, Case(kind="", exit_code=0, words=()))
    for one in made(package(site), "1.2.3"):
        npm_registry.publish(document(one, "latest", npm_registry.url))
    before = npm_registry.package(package(site))
    async with new_session():
        ended = await site.release(TAG)
    assert (ended.exit_code, ended.error["kind"]) == (3, "package-taken"), ended.error
    assert npm_registry.package(package(site)) == before
    assert site.published() == {}


async def test_the_folder_that_is_built(
    site: Site, npm_registry: NpmRegistry, engine: str, new_session: Session
) -> None:
    site = prepared(site, npm_registry, Case(kind="", exit_code=0, words=()))
    async with new_session():
        entries = await (await site.pipeline().binaries(TAG)).entries()
    assert set(stand_in.files("1.2.3")) < set(entries)


def package(site: Site) -> str:
    """The npm package of one test."""
    return f"unkey-{site.namespace}"


def prepared(site: Site, npm: NpmRegistry, case: Case) -> Site:
    """The site as the case has it, tagged."""
    pushed = stand_in.push(site.registry.address, f"{site.namespace}/{case.image}", first=case.first)
    image = pushed.partition("@")[0] if case.tag is None else f"{site.prefix}/{case.image}:{case.tag}"
    site = tool_site(site, npm, image=image, package=package(site))
    if case.configuration != CONFIG:
        site.monorepo.commit({".goreleaser.yaml": case.configuration}, message="chore: describe it otherwise")
    site.monorepo.tag(TAG)
    tokens = {name: token for name, token in site.tokens.items() if name != case.without}
    return site.with_settings(**case.settings).with_tokens(**tokens, **case.tokens)
