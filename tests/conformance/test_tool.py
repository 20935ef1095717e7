"""A command-line tool is released the same by hand on either engine: every answer, every file, every npm tarball."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline import process
from pipeline.demo.git_server import GitServer
from pipeline.demo.github import GitHubDouble
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from tests.binaries import tools
from tests.binaries.npm_registry import NpmRegistry
from tests.binaries.tool_site import tool_site
from tests.conformance.by_hand import BY_DAGGER_CALL, BY_LOCAL_SESSION, WAYS, Json, without_times
from tests.conformance.engines import ABSENT, BRIDGE, dagger_version
from tests.conformance.pictures import differences
from tests.conftest import lack, need
from tests.site import Site

LOOPBACK = "127.0.0.1"
TAG, CANDIDATE = "cli/v1.2.3", "cli/v1.3.0-rc.1"

CALLS = {
    "rehearsed": ("release", "--tag", TAG, "--dry-run"),
    "released": ("release", "--tag", TAG),
    "released again": ("release", "--tag", TAG),
    "released before its version": ("release", "--tag", CANDIDATE),
    "verified": ("verify", "--tag", TAG),
    "stands": ("status", "--service", "cli"),
}

RELEASED = ("released", "released before its version")
"""The answers of the runs that published."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one way of calling came to: its answers, and what is published afterwards, by digest."""

    answers: dict[str, Json]
    files: dict[str, str]
    tarballs: dict[str, str]
    dist_tags: dict[str, dict[str, str]]
    said: str
    """By the program that npm installed."""


Tell = Callable[[str], Told]


@pytest.fixture(scope="module")
def host() -> str:
    """Where servers listen: where containers reach this machine, if there are any to reach it."""
    if dagger_version() is not None:
        with suppress(OSError), socket.create_server((BRIDGE, 0)):
            return BRIDGE
    return LOOPBACK


@pytest.fixture(scope="module")
def github_in_reach(host: str) -> Iterator[GitHubDouble]:
    with GitHubDouble(host=host) as github:
        yield github


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's home, with what Go has compiled before."""
    home = tmp_path_factory.mktemp("home")
    home.joinpath("tmp").mkdir()
    tools.keep_volumes(home / ".cache" / "pipeline")
    return home


@pytest.fixture(scope="module")
def site_of(
    git_server: GitServer, registry: Registry, github_in_reach: GitHubDouble, base_image: str, goreleaser_image: str
) -> Callable[[NpmRegistry], Site]:
    """Makes sites on which nothing is released, and which have the same commits and names every time."""
    namespace = f"tool-{uuid4().hex[:12]}"
    numbers = count()

    def site_of(npm: NpmRegistry) -> Site:
        git_dir = git_server.root / f"{namespace}-{next(numbers)}" / "unkey.git"
        monorepo = Monorepo.create(git_dir, base_image=base_image)
        site = Site.create(monorepo, git_server, registry, github_in_reach, namespace)
        site = tool_site(site, npm, image=goreleaser_image, package="unkey")
        for tag in (TAG, CANDIDATE):
            monorepo.tag(tag)
        return site

    return site_of


@pytest.fixture(scope="module")
def tell(
    site_of: Callable[[NpmRegistry], Site], host: str, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Tell:
    """Calls everything in one of the ways, the first time it is asked for that way."""
    need("git", "buildah", "skopeo", "node", "npm")

    def tell(way: str) -> Told:
        folder = tmp_path_factory.mktemp("tool")
        try:
            with NpmRegistry(folder / "npm", host) as npm:
                site = site_of(npm)
                folder.joinpath("services.toml").write_text(site.catalogue)
                call = partial(WAYS[way], site, folder, home)
                answers = {step: without_times(call(*arguments)) for step, arguments in CALLS.items()}
                return told(site, npm, answers, folder)
        except tools.Missing as reason:
            lack(str(reason))

    return cache(tell)


def told(site: Site, npm: NpmRegistry, answers: dict[str, Json], folder: Path) -> Told:
    """The answers, and what can be had now."""
    assert site.published() == {"releases": [TAG, CANDIDATE]}
    published = [(one["name"], one["version"]) for report in RELEASED for one in answers[report]["packages"]]
    program = npm.installed("unkey", folder / "project") / "unkey"
    return Told(
        answers=answers,
        files={
            f"{release.tag_name} {asset.name}": sha256(asset.content).hexdigest()
            for release in site.releases()
            for asset in release.assets.values()
        },
        tarballs={f"{name}@{version}": sha256(npm.tarball(name, version)).hexdigest() for name, version in published},
        dist_tags={name: npm.tags(name) for name, _ in published},
        said=process.run_sync([str(program)], timeout=30).text,
    )


def outcomes(told: Told) -> list[str]:
    """How the runs ended, in their order."""
    return [answer["outcome"] for answer in told.answers.values() if "outcome" in answer]


def test_by_the_local_session(tell: Tell) -> None:
    local = tell(BY_LOCAL_SESSION)
    assert outcomes(local) == ["rehearsed", "released", "already-released", "released"]
    assert local.answers["rehearsed"]["archives"] == local.answers["released"]["archives"]
    assert local.answers["released again"]["packages"] == local.answers["released"]["packages"]
    assert local.answers["released before its version"]["release"]["prerelease"] is True
    assert all(line["recorded"] == line["found"] for line in local.answers["verified"]["lines"])
    assert [row["tag"] for row in local.answers["stands"]["rows"] if row["complete"]] == [TAG, CANDIDATE]
    assert local.dist_tags["unkey"] == {"latest": "1.2.3", "next": "1.3.0-rc.1"}
    assert len(local.tarballs) == 2 * 5
    assert len(local.files) == 2 * 6
    assert local.said == "unkey 1.2.3"


@pytest.mark.parametrize("way", [way for way in WAYS if way != BY_LOCAL_SESSION])
def test_on_a_dagger_engine(tell: Tell, host: str, way: str) -> None:
    if dagger_version() is None:
        pytest.skip(ABSENT)
    if way == BY_DAGGER_CALL and host == LOOPBACK:
        pytest.skip(f"containers do not reach this machine at {BRIDGE}")
    assert differences(asdict(tell(BY_LOCAL_SESSION)), asdict(tell(way))) == []
