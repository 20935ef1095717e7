"""A release of a command-line tool, from tag to installed program, with the real GoReleaser and a real npm registry."""

import hashlib
import json
import platform
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest

from pipeline import process
from tests.binaries.npm_registry import NpmRegistry
from tests.faults.proxy import Proxy
from tests.faults.rules import Rule, Stall
from tests.site import Outcome, Site, local_session

pytestmark = pytest.mark.anyio

ARCHIVES = [f"unkey_1.2.3_{os}_{cpu}.tar.gz" for os in ("darwin", "linux") for cpu in ("amd64", "arm64")]
PLATFORMS = ("darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64")


async def test_from_tag_to_installed_program(
    cli: Site, session: list[str], npm_registry: NpmRegistry, package: str, tmp_path: Path
) -> None:
    commit = cli.monorepo.tag("cli/v1.2.3")
    outcome = await cli.release("cli/v1.2.3")

    assert outcome.exit_code == 0, outcome.report
    assert outcome.report["outcome"] == "released"
    assert outcome.report["image"] is None
    assert [file["name"] for file in outcome.report["archives"]] == ["checksums.txt", *ARCHIVES]
    names = [package, *(f"{package}-{platform}" for platform in PLATFORMS)]
    assert [entry["name"] for entry in outcome.report["packages"]] == names
    assert cli.published() == {"releases": ["cli/v1.2.3"]}

    (release,) = cli.releases()
    assets = {asset.name: asset.content for asset in release.assets.values()}
    assert set(assets) == {"checksums.txt", "release.json", *ARCHIVES}
    sums = {line.split()[1]: line.split()[0] for line in assets["checksums.txt"].decode().splitlines()}
    assert sums == {name: hashlib.sha256(assets[name]).hexdigest() for name in ARCHIVES}

    for name in names:
        assert npm_registry.versions(name) == ["1.2.3"]
        assert npm_registry.tags(name) == {"latest": "1.2.3"}
        assert npm_registry.package(name)["versions"]["1.2.3"]["gitHead"] == commit
    await everybody_knows_it(cli, package)
    commands = npm_registry.installed(package, tmp_path / "project")
    assert process.run_sync([str(commands / "unkey")], timeout=30).text == "unkey 1.2.3"
    own = f"{package}-linux-{'x64' if platform.machine() == 'x86_64' else 'arm64'}"
    there = sorted(path.name for path in (tmp_path / "project/node_modules").iterdir() if not path.name.startswith("."))
    assert there == [package, own]


async def everybody_knows_it(cli: Site, package: str) -> None:
    """The verbs that look at a release tell of its packages and files."""
    confirmed = json.loads(await cli.pipeline().confirm("cli/v1.2.3", as_json=True))
    assert confirmed["confirmed"] is True
    assert confirmed["release"]["npm"]["reference"] == f"{package}@1.2.3"
    assert f"{package}@1.2.3" in await cli.pipeline().status("cli/v1.2.3")
    verified = json.loads(await cli.pipeline().verify("cli/v1.2.3", as_json=True))
    lines = {line["name"] for line in verified["lines"] if line["recorded"] == line["found"]}
    assert {f"packages.{package}@1.2.3", "archives.checksums.txt", *(f"archives.{name}" for name in ARCHIVES)} <= lines
    assert "error" not in verified
    assert f"npm install --global {package}@1.2.3" in await cli.pipeline().notes("cli/v1.2.3")


async def run(cli: Site, cache: Path, tag: str, **arguments: object) -> Outcome:
    """One run in a session of its own, as on the terminal."""
    async with local_session(cache):
        return await cli.release(tag, **arguments)


async def killed(cli: Site, cache: Path, tag: str, rule: Rule) -> None:
    """A run that ends when what it asked for is done, and before it hears of that."""
    with anyio.fail_after(120):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run, cli, cache, tag)
            await anyio.to_thread.run_sync(rule.struck.wait, abandon_on_cancel=True)
            tasks.cancel_scope.cancel()


def digests(outcome: Outcome) -> dict[str, str]:
    """The files of the GitHub release, as a report has them."""
    return {file["name"]: file["digest"] for file in outcome.report["archives"]}


async def test_killed_at_every_boundary_in_turn_and_the_same_bytes_every_time(
    cli: Site, cli_cache: Path, npm_registry: NpmRegistry, package: str, proxy_to: Callable[[str], Proxy]
) -> None:
    npm, github = proxy_to(npm_registry.address), proxy_to(urlsplit(cli.github.url).netloc)
    behind = cli.with_settings(npm_registry=npm.url, github_api=github.url)
    cli.monorepo.tag("cli/v1.2.3")

    rehearsed = await run(behind, cli_cache, "cli/v1.2.3", dry_run=True)
    assert rehearsed.report["outcome"] == "rehearsed", rehearsed.report
    (told,) = (stage["detail"] for stage in rehearsed.report["stages"] if stage["name"] == "build")
    assert told.startswith(f"{package}@1.2.3: 5 files, 5 packages; left out brews:")
    assert rehearsed.report["packages"] == [{"name": package, "version": "1.2.3", "integrity": None}]
    assert cli.published() == {}
    assert npm_registry.versions(package) == []

    for proxy, method, path in (
        (npm, "PUT", rf"^/{package}-linux-x64"),
        (npm, "PUT", rf"^/{package}(\?|$)"),
        (github, "POST", r"/assets.*linux_amd64"),
        (github, "PATCH", r"/releases/\d+$"),
    ):
        await killed(behind, cli_cache, "cli/v1.2.3", proxy.on(method, path, Stall()))

    finished = await run(behind, cli_cache, "cli/v1.2.3")
    assert finished.exit_code == 0, finished.report
    assert digests(finished) == digests(rehearsed)
    assert cli.published() == {"releases": ["cli/v1.2.3"]}
    names = [package, *(f"{package}-{platform}" for platform in PLATFORMS)]
    assert [npm_registry.versions(name) for name in names] == [["1.2.3"]] * len(names)

    again = await run(cli, cli_cache, "cli/v1.2.3")
    assert again.report["outcome"] == "already-released"
    assert again.stages["build"] == again.stages["push"] == again.stages["release"] == "already-done"
    assert digests(again) == digests(rehearsed)
    assert again.report["packages"] == finished.report["packages"]
