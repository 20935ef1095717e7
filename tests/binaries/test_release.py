"""A release of a command-line tool, from tag to installed program, with the real GoReleaser and a real npm registry."""

import hashlib
import platform
from pathlib import Path

import pytest

from pipeline import process
from tests.binaries.npm_registry import NpmRegistry
from tests.site import Site

pytestmark = pytest.mark.anyio

ARCHIVES = [f"unkey_1.2.3_{os}_{cpu}.tar.gz" for os in ("darwin", "linux") for cpu in ("amd64", "arm64")]
PLATFORMS = ("darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64")


def installed(npm: NpmRegistry, what: str, folder: Path) -> Path:
    """Install a package as a person would, in an empty folder, without scripts; gives where its commands are."""
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}')
    environment = {"npm_config_cache": str(folder / "cache"), "npm_config_userconfig": str(folder / "npmrc")}
    argv = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", f"--registry={npm.url}/", what]
    process.run_sync(argv, cwd=folder, env=environment, timeout=120)
    return folder / "node_modules" / ".bin"


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
    commands = installed(npm_registry, package, tmp_path / "project")
    assert process.run_sync([str(commands / "unkey")], timeout=30).text == "unkey 1.2.3"
    own = f"{package}-linux-{'x64' if platform.machine() == 'x86_64' else 'arm64'}"
    there = sorted(path.name for path in (tmp_path / "project/node_modules").iterdir() if not path.name.startswith("."))
    assert there == [package, own]
