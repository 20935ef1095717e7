"""npm packages: what is in them, and that the same commit makes the same bytes."""

import io
import json
import tarfile
from datetime import UTC, datetime

import pytest

from pipeline.binaries.dist import Made, Program, programs, release_files
from pipeline.binaries.packages import About, Package, packages, same_content, tarball
from pipeline.errors import BuildFailed

MOMENT = datetime(2024, 5, 1, tzinfo=UTC)


def about(name: str = "unkey", **described: object) -> About:
    return About(
        name=name,
        version="1.2.3",
        commit="c" * 40,
        committed=MOMENT,
        repository_url="https://github.com/acme/mono",
        described=described,
    )


def made(name: str = "unkey", **described: object) -> list[Package]:
    built = [Program("linux", "x64", "unkey", "a"), Program("win32", "arm64", "unkey", "b")]
    return packages(about(name, **described), built, {"a": b"for linux", "b": b"for windows"})


def members(package: Package) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(package.tarball)) as archive:
        return {member.name: member for member in archive}


def test_a_package_per_platform_and_the_main_one_last() -> None:
    linux, windows, main = made(license="MIT", url_template="not for package.json")
    assert (linux.name, windows.name, main.name) == ("unkey-linux-x64", "unkey-win32-arm64", "unkey")
    assert linux.manifest["os"] == ["linux"]
    assert linux.manifest["cpu"] == ["x64"]
    assert main.manifest["optionalDependencies"] == {"unkey-linux-x64": "1.2.3", "unkey-win32-arm64": "1.2.3"}
    assert main.manifest["bin"] == {"unkey": "bin/unkey.js"}
    assert "scripts" not in main.manifest
    assert main.manifest["license"] == "MIT"
    assert "url_template" not in main.manifest
    assert "package/bin/unkey.exe" in members(windows)
    assert members(linux)["package/bin/unkey"].mode == 0o755
    assert members(linux)["package/package.json"].mode == 0o644


def test_a_scoped_name_keeps_its_scope() -> None:
    assert [package.name for package in made("@unkey/cli")] == [
        "@unkey/cli-linux-x64",
        "@unkey/cli-win32-arm64",
        "@unkey/cli",
    ]


def test_the_same_input_makes_the_same_bytes_without_a_clock_or_a_person_in_them() -> None:
    assert [package.integrity for package in made()] == [package.integrity for package in made()]
    for package in made():
        assert package.tarball[4:8] == bytes(4), "gzip's own time"
        assert package.tarball[9] == 255, "the system that gzip ran on, which not every Python tells"
        for member in members(package).values():
            assert (member.mtime, member.uid, member.gid, member.uname) == (MOMENT.timestamp(), 0, 0, "")


def test_the_manifest_in_the_tarball_is_the_published_one() -> None:
    for package in made(keywords=["a"]):
        with tarfile.open(fileobj=io.BytesIO(package.tarball)) as archive:
            written = archive.extractfile("package/package.json")
            assert written
            assert json.load(written) == package.manifest


def test_other_compression_is_the_same_content() -> None:
    import gzip

    ours = tarball({"bin/a": b"a" * 1000}, MOMENT)
    other = gzip.compress(gzip.decompress(ours), compresslevel=1, mtime=1)
    assert other != ours
    assert same_content(ours, other)
    assert not same_content(ours, tarball({"bin/a": b"b" * 1000}, MOMENT))


def test_no_program_for_npm() -> None:
    with pytest.raises(BuildFailed, match="no program that npm could install"):
        packages(about(), [], {})


def binary(goos: str, goarch: str, path: str, **more: str) -> Made:
    return Made(name="unkey", path=path, type="Binary", internal_type=4, goos=goos, goarch=goarch, **more)  # type: ignore[arg-type]


def test_the_program_that_runs_everywhere_is_chosen() -> None:
    built = [
        binary("linux", "amd64", "v3", goamd64="v3"),
        binary("linux", "amd64", "v1", goamd64="v1"),
        binary("darwin", "all", "fat"),
        binary("darwin", "arm64", "thin"),
        binary("plan9", "amd64", "none"),
    ]
    assert {(p.os, p.cpu): p.path for p in programs(built)} == {
        ("linux", "x64"): "v1",
        ("darwin", "x64"): "fat",
        ("darwin", "arm64"): "thin",
    }


def test_two_files_of_one_name_are_refused() -> None:
    archive = Made(name="a.tgz", path="x/a.tgz", type="Archive", internal_type=1)
    with pytest.raises(BuildFailed, match=r"Two files of the release would be called a\.tgz"):
        release_files([archive, Made(name="a.tgz", path="y/a.tgz", type="Archive", internal_type=1)])
    with pytest.raises(BuildFailed, match="no archives"):
        release_files([binary("linux", "amd64", "v1")])
