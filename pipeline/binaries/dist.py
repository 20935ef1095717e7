"""What GoReleaser made, by the list it leaves: ``artifacts.json`` (https://goreleaser.com/customization/artifacts)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import msgspec
from msgspec import Struct, field

from pipeline.errors import BuildFailed

LIST = "artifacts.json"

FOR_RELEASE = frozenset(
    {
        "Archive", "Certificate", "Checksum", "File", "Flatpak", "Linux Package", "Makeself Package", "SBOM", "Signature",
        "Source", "Source Dist", "Source RPM", "Wheel",
    }
)  # fmt: skip
"""Kinds that GoReleaser itself would attach to a release, besides binaries that are no archive's content."""

BUILT_BINARY = 4
UPLOADABLE_BINARY = 2
UNIVERSAL_BINARY = 5
"""``internal_type`` of binaries: inside archives, as release files, and for both architectures of macOS."""

OS = {"linux": "linux", "darwin": "darwin", "windows": "win32", "freebsd": "freebsd", "openbsd": "openbsd"}
CPU = {"amd64": "x64", "arm64": "arm64", "386": "ia32", "arm": "arm", "ppc64le": "ppc64", "s390x": "s390x"}
"""Go's names and Node's (https://nodejs.org/api/process.html#processplatform and ``processarch``)."""

LEAST = ("v1", "v8.0", "6", "sse2", "power8")
"""The variants of an architecture that every machine of it can run."""


class Made(Struct, frozen=True):
    """One entry of the list."""

    name: str
    path: str
    type: str = ""
    internal_type: int = 0
    goos: str = ""
    goarch: str = ""
    goamd64: str = ""
    goarm: str = ""
    goarm64: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_binary(self) -> bool:
        """Whether it is a program for one platform."""
        return self.internal_type in (BUILT_BINARY, UPLOADABLE_BINARY, UNIVERSAL_BINARY)

    @property
    def is_for_release(self) -> bool:
        """Whether a release carries it."""
        return self.type in FOR_RELEASE or self.internal_type == UPLOADABLE_BINARY


@dataclass(frozen=True, slots=True, order=True)
class Program:
    """A program for one platform in Node's words: the command's name, and where the file is."""

    os: str
    cpu: str
    command: str
    path: str


def parse(text: str) -> list[Made]:
    """Read the list. Raises `BuildFailed` for what is none."""
    try:
        return msgspec.json.decode(text, type=list[Made])
    except msgspec.MsgspecError as error:
        raise BuildFailed(
            f"GoReleaser left a list of its files that cannot be read: {error}.",
            next="Name an image of GoReleaser 2 as goreleaser_image in services.toml.",
        ) from None


def release_files(made: Sequence[Made]) -> list[Made]:
    """What the GitHub release carries, by name. Raises `BuildFailed` when nothing is, or two have one name."""
    files = sorted((one for one in made if one.is_for_release), key=lambda one: one.name)
    names = [one.name for one in files]
    if not files:
        raise BuildFailed(
            "GoReleaser made no archives.", next="See builds and archives in its configuration; none may be skipped."
        )
    if twice := {name for name in names if names.count(name) > 1}:
        raise BuildFailed(
            f"Two files of the release would be called {min(twice)}.",
            next="Tell them apart in the archives' name_template.",
        )
    return files


def programs(made: Sequence[Made]) -> list[Program]:
    """Every program that runs on a platform of Node's, one per command and platform."""
    chosen: dict[tuple[str, str, str], Made] = {}
    for one in sorted((one for one in made if one.is_binary), key=_preference):
        for os, cpu in _platforms(one):
            chosen.setdefault((os, cpu, _command(one)), one)
    return sorted(Program(os, cpu, command, one.path) for (os, cpu, command), one in chosen.items())


def _platforms(one: Made) -> Iterator[tuple[str, str]]:
    if one.goos == "darwin" and one.goarch == "all":
        yield from (("darwin", "arm64"), ("darwin", "x64"))
    elif one.goos in OS and one.goarch in CPU:
        yield OS[one.goos], CPU[one.goarch]


def _preference(one: Made) -> tuple[bool, bool, str]:
    """A program for one architecture before one for all, and the one that asks least of the machine first."""
    variants = [variant for variant in (one.goamd64, one.goarm, one.goarm64) if variant]
    return one.goarch == "all", not all(variant in LEAST for variant in variants), one.path


def _command(one: Made) -> str:
    name = str(one.extra.get("Binary") or one.name)
    return PurePosixPath(name).name.removesuffix(".exe")
