"""Registry logins, for as long as the session lasts, and never on the disk.

skopeo and buildah read logins from a file only, so they get one that is in memory: memfd_create(2), under its path in
``/proc``. The person's own logins are in it too, since a tool that is given a file looks nowhere else.
"""

import base64
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.local import reference

Auths = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Passed:
    """What a program is started with so that it has the logins: arguments, and the descriptors that it inherits."""

    arguments: list[str]
    descriptors: list[int]


NOTHING = Passed([], [])
"""For a program that needs no logins, or finds enough of them by itself."""


class Credentials:
    """What was logged in to with ``withRegistryAuth``, besides what the person's own tools know."""

    def __init__(self) -> None:
        self._logins: dict[str, str] = {}
        self._file: int | None = None
        self._files: list[int] = []

    def add(self, address: str, username: str, password: str) -> None:
        """Log in to the registry of an address such as ``ghcr.io`` or ``ghcr.io/owner/name:tag``."""
        host, login = host_of(address), base64.b64encode(f"{username}:{password}".encode()).decode()
        if self._logins.get(host) != login:
            self._logins[host] = login
            self._file = None

    def remove(self, address: str) -> None:
        """Log out again."""
        if self._logins.pop(host_of(address), None):
            self._file = None

    def passed(self) -> Passed:
        """What lets skopeo and buildah use these logins; nothing where the tools' own files are enough.

        It stays good for a program that is started after other logins have come. Never for one that runs commands of
        others.
        """
        if not self._logins:
            return NOTHING
        if self._file is None:
            self._file = _in_memory(json.dumps(self._merged()).encode())
            self._files.append(self._file)
        return Passed(["--authfile", f"/proc/self/fd/{self._file}"], [self._file])

    def knows(self, host: str) -> bool:
        """Whether there is a login for a registry."""
        known = self._merged()
        return host in map(host_of, known["auths"]) or host in known.get("credHelpers", {})

    def close(self) -> None:
        """Forget the files in memory."""
        while self._files:
            os.close(self._files.pop())
        self._file = None

    def _merged(self) -> Auths:
        merged: Auths = {"auths": {}}
        for path in _personal_files():
            content = _read(path)
            merged["auths"] |= content.get("auths") or {}
            merged["credHelpers"] = {**merged.get("credHelpers", {}), **(content.get("credHelpers") or {})}
        # A login for a part of the registry would win over ours, which is for all of it.
        ours = {key for key in merged["auths"] if host_of(key) in self._logins}
        merged["auths"] = {key: value for key, value in merged["auths"].items() if key not in ours}
        merged["auths"] |= {host: {"auth": auth} for host, auth in self._logins.items()}
        return merged


def host_of(address: str) -> str:
    """The registry of an address, however much of a reference it is."""
    bare = address.removeprefix("https://").removeprefix("http://")
    host = bare.partition("/")[0]
    if host in ("index.docker.io", "registry-1.docker.io"):
        return "docker.io"
    return host if "/" in bare or "." in host or ":" in host or host == "localhost" else reference.parse(bare).host


def _in_memory(content: bytes) -> int:
    """A file in memory, under a number that rootless buildah does not give away when it starts itself anew."""
    descriptor = os.memfd_create("auth")
    try:
        os.write(descriptor, content)
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 200)
    finally:
        os.close(descriptor)


def _personal_files() -> list[Path]:
    """Where the tools look by themselves, what counts most last; see containers-auth.json(5)."""
    if explicit := os.environ.get("REGISTRY_AUTH_FILE"):
        return [Path(explicit)]
    docker = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "containers/auth.json"
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/containers/{os.getuid()}") / "containers/auth.json"
    return [docker, config, runtime]


def _read(path: Path) -> Auths:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
