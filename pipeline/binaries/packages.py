"""The npm packages of one release: one per platform with the program in it, and the main one that picks its own.

The main package names the others in ``optionalDependencies``, so npm installs the one whose ``os`` and ``cpu`` fit
(npm documentation, package.json, "os"), from any mirror, from a lock file, and without scripts.
"""

import base64
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from pipeline.binaries.dist import Program
from pipeline.errors import BuildFailed

Json = dict[str, Any]

DESCRIPTION = ("description", "homepage", "keywords", "license", "author", "bugs")
"""What ``npms`` of a GoReleaser configuration may say that stands in a package.json under the same name."""

EXECUTABLE, PLAIN = 0o755, 0o644

_SYSTEM, _UNKNOWN = 9, b"\xff"
"""Where gzip tells the system it ran on (RFC 1952, 2.3.1, OS); Python 3.11 and 3.12 tell it, and others do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What all packages of one release share: the main one's name, the version, and where it comes from."""

    name: str
    version: str
    commit: str
    committed: datetime
    repository_url: str
    described: Mapping[str, Any]

    def manifest(self, name: str, **more: Any) -> Json:
        """A package.json without what is particular to one package."""
        told = {key: self.described[key] for key in DESCRIPTION if self.described.get(key)}
        repository = {"type": "git", "url": f"git+{self.repository_url}.git"}
        return {"name": name, "version": self.version, **told, "repository": repository, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One package as it will be published: its package.json, and the tarball."""

    manifest: Json
    tarball: bytes
    commit: str

    @property
    def name(self) -> str:
        """Such as ``unkey-linux-x64``."""
        return str(self.manifest["name"])

    @property
    def version(self) -> str:
        """Such as ``1.2.3``."""
        return str(self.manifest["version"])

    @property
    def integrity(self) -> str:
        """The tarball's hash as npm writes it (https://w3c.github.io/webappsec-subresource-integrity/)."""
        return f"sha512-{base64.b64encode(hashlib.sha512(self.tarball).digest()).decode()}"

    @property
    def shasum(self) -> str:
        """The tarball's SHA-1, which old clients look at."""
        return hashlib.sha1(self.tarball, usedforsecurity=False).hexdigest()


def platform_name(name: str, os: str, cpu: str) -> str:
    """The package of one platform: ``unkey-linux-x64``, or ``@unkey/cli-linux-x64`` for a scoped name."""
    return f"{name}-{os}-{cpu}"


def packages(about: About, programs: Sequence[Program], contents: Mapping[str, bytes]) -> list[Package]:
    """The release's packages, the main one last; ``contents`` has the programs by their paths.

    The same programs of the same commit always make the same bytes. Raises `BuildFailed` when there is no program.
    """
    platforms = sorted({(program.os, program.cpu) for program in programs})
    if not platforms:
        raise BuildFailed(
            "GoReleaser made no program that npm could install.", next="Build for linux, darwin or windows."
        )
    made = [_platform_package(about, os, cpu, programs, contents) for os, cpu in platforms]
    return [*made, _main_package(about, platforms, sorted({program.command for program in programs}))]


def _platform_package(
    about: About, os: str, cpu: str, programs: Sequence[Program], contents: Mapping[str, bytes]
) -> Package:
    manifest = about.manifest(
        platform_name(about.name, os, cpu), os=[os], cpu=[cpu], preferUnplugged=True, files=["bin"]
    )
    suffix = ".exe" if os == "win32" else ""
    own = [program for program in programs if (program.os, program.cpu) == (os, cpu)]
    files = {f"bin/{program.command}{suffix}": contents[program.path] for program in own}
    return _package(about, manifest, files)


def _main_package(about: About, platforms: Sequence[tuple[str, str]], commands: Sequence[str]) -> Package:
    names = {f"{os}-{cpu}": platform_name(about.name, os, cpu) for os, cpu in platforms}
    manifest = about.manifest(
        about.name,
        bin={command: f"bin/{command}.js" for command in commands},
        files=["bin", "platforms.json"],
        engines={"node": ">=14.18"},
        optionalDependencies=dict.fromkeys(sorted(names.values()), about.version),
    )
    launcher = resources.files(__package__).joinpath("launcher.js").read_bytes()
    files = {f"bin/{command}.js": launcher for command in commands}
    return _package(about, manifest, {**files, "platforms.json": _encode({"packages": names})})


def _package(about: About, manifest: Json, files: Mapping[str, bytes]) -> Package:
    readme = f"# {manifest['name']}\n\nVersion {about.version} of {about.name}. See {about.repository_url}.\n"
    everything = {"package.json": _encode(manifest), "README.md": readme.encode(), **files}
    return Package(manifest=manifest, tarball=tarball(everything, about.committed), commit=about.commit)


def _encode(value: Json) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def tarball(files: Mapping[str, bytes], moment: datetime) -> bytes:
    """A package's tarball: everything below ``package/``, sorted, owned by nobody, all of one time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(files):
            header = tarfile.TarInfo(f"package/{path}")
            header.size = len(files[path])
            header.mtime = int(moment.timestamp())
            header.mode = EXECUTABLE if path.startswith("bin/") else PLAIN
            archive.addfile(header, io.BytesIO(files[path]))
    packed = gzip.compress(buffer.getvalue(), compresslevel=9, mtime=0)
    return packed[:_SYSTEM] + _UNKNOWN + packed[_SYSTEM + 1 :]


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two tarballs hold the same files: another zlib compresses the same content to other bytes."""
    return gzip.decompress(one) == gzip.decompress(other)
