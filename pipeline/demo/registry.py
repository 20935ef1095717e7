"""A real image registry: Debian's docker-registry(1) on a free loopback port, and reads for assertions."""

import json
import secrets
import subprocess
import time
from pathlib import Path
from re import search
from types import TracebackType
from typing import Any, Self, cast

import httpx

from pipeline import process

READY_WITHIN = 20.0
"""Seconds that the registry has to start."""

INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
ACCEPT = {"Accept": ", ".join(INDEXES + MANIFESTS)}

Json = dict[str, Any]


class Registry:
    """Run a registry that stores below ``root`` for as long as the context lasts.

    With ``login`` (user name and password) nothing can be read or written without it. The reads follow the OCI
    distribution specification, section "Endpoints", and raise `httpx.HTTPStatusError` for what is not there.
    """

    def __init__(self, root: Path, login: tuple[str, str] | None = None) -> None:
        self.root = root
        self.login = login

    def __enter__(self) -> Self:
        """Start, and wait until the registry answers; raises `RegistryStartError`."""
        self.root.mkdir(parents=True, exist_ok=True)
        self._log = self.root / "registry.log"
        self._log.unlink(missing_ok=True)
        self._process = process.start(["docker-registry", "serve", str(self._write_config())], log=self._log)
        try:
            self.address = self._wait_until_ready()
        except BaseException:
            process.stop(self._process)
            raise
        self._client = httpx.Client(base_url=f"http://{self.address}/v2/", auth=self.login, trust_env=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; what was stored stays below ``root``."""
        self._client.close()
        process.stop(self._process)

    def digest(self, name: str, reference: str) -> str:
        """Read the digest of the manifest or index at a tag."""
        return str(self._get(f"{name}/manifests/{reference}", ACCEPT).headers["Docker-Content-Digest"])

    def manifest(self, name: str, reference: str) -> Json:
        """Read the manifest or index at a tag or digest."""
        return cast("Json", self._get(f"{name}/manifests/{reference}", ACCEPT).json())

    def platforms(self, name: str, reference: str) -> dict[str, str]:
        """Read the manifest digests of an index, by platform such as ``linux/amd64``."""
        return {_platform(entry["platform"]): entry["digest"] for entry in self.manifest(name, reference)["manifests"]}

    def config(self, name: str, reference: str, platform: str = "linux/amd64") -> Json:
        """Read the image configuration of one platform of an index, or of a single image."""
        manifest = self.manifest(name, reference)
        if "manifests" in manifest:
            manifest = self.manifest(name, self.platforms(name, reference)[platform])
        return cast("Json", json.loads(self.blob(name, manifest["config"]["digest"])))

    def blob(self, name: str, digest: str) -> bytes:
        """Read a blob."""
        return self._get(f"{name}/blobs/{digest}").content

    def tags(self, name: str) -> list[str]:
        """List the tags of a repository, sorted; none when nothing was ever pushed there."""
        answer = self._client.get(f"{name}/tags/list")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return []
        return sorted(answer.raise_for_status().json()["tags"] or [])

    def retag(self, name: str, reference: str, tag: str) -> None:
        """Let ``tag`` name what ``reference`` names, whatever it named before."""
        found = self._get(f"{name}/manifests/{reference}", ACCEPT)
        headers = {"Content-Type": found.headers["Content-Type"]}
        self._client.put(f"{name}/manifests/{tag}", content=found.content, headers=headers).raise_for_status()

    def delete(self, name: str, reference: str) -> None:
        """Delete the manifest at a tag or digest, and with it every tag that names it."""
        self._client.delete(f"{name}/manifests/{self.digest(name, reference)}").raise_for_status()

    def _get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self._client.get(path, headers=headers).raise_for_status()

    def _write_config(self) -> Path:
        """Use the settings of distribution 2.8's ``docs/configuration.md``; JSON is YAML too."""
        config: Json = {
            "version": "0.1",
            "log": {"level": "info", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(self.root / "storage")},
                "delete": {"enabled": True},
                "maintenance": {"uploadpurging": {"enabled": False}},
            },
            "http": {"addr": "127.0.0.1:0", "secret": secrets.token_hex(), "relativeurls": True},
        }
        if self.login:
            config["auth"] = {"htpasswd": {"realm": "registry", "path": str(self._write_htpasswd(*self.login))}}
        path = self.root / "config.json"
        path.write_text(json.dumps(config, indent=2))
        return path

    def _write_htpasswd(self, user: str, password: str) -> Path:
        import bcrypt

        path = self.root / "htpasswd"
        path.write_text(f"{user}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=4)).decode()}\n")
        return path

    def _wait_until_ready(self) -> str:
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and self._process.poll() is None:
            if (address := self._listening_on()) and _answers(address):
                return address
            time.sleep(0.01)
        raise RegistryStartError(self._process, self._log)

    def _listening_on(self) -> str | None:
        """Read the address from the log: the kernel chose the port, so nobody else can have taken it."""
        line = search(r"listening on (127\.0\.0\.1:\d+)", self._log.read_text())
        return line[1] if line else None


class RegistryStartError(Exception):
    """The registry ended, or did not answer in time."""

    def __init__(self, registry: subprocess.Popen[bytes], log: Path) -> None:
        complaint = search(r"(?m)^panic: .*|^.*level=(?:fatal|error).*|^configuration error.*", log.read_text())
        reason = complaint[0] if complaint else "it does not answer"
        super().__init__(f"docker-registry (exit code {registry.poll()}) is not ready: {reason}; see {log}")


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/v2/", trust_env=False).status_code in (200, 401)
    except httpx.TransportError:
        return False


def _platform(entry: dict[str, str]) -> str:
    return "/".join(entry[key] for key in ("os", "architecture", "variant") if entry.get(key))
