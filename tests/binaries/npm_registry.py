"""A real npm registry: Verdaccio, with one person who may publish, and reads for assertions."""

import json
import time
from pathlib import Path
from re import search
from types import TracebackType
from typing import Any, Self, cast

import httpx

from pipeline import process
from tests.binaries import tools

READY_WITHIN = 60.0

Json = dict[str, Any]

_CONFIG = """\
storage: {root}/storage
auth: {{htpasswd: {{file: {root}/htpasswd, max_users: 10, algorithm: bcrypt, rounds: 4}}}}
uplinks: {{}}
max_body_size: 200mb
packages:
  '**': {{access: $all, publish: $authenticated, unpublish: $authenticated}}
log: {{type: stdout, format: json, level: info}}
web: {{enable: false}}
"""


class NpmRegistry:
    """Run Verdaccio with its storage below ``root`` for as long as the context lasts; ``token`` may publish.

    Another ``host`` than loopback lets containers reach it.
    """

    def __init__(self, root: Path, host: str = "127.0.0.1") -> None:
        self.root = root
        self.host = host

    def __enter__(self) -> Self:
        """Start, wait until it answers, and make the one person known. Raises `tools.Missing`."""
        modules = tools.verdaccio()
        self.root.mkdir(parents=True, exist_ok=True)
        config = self.root / "config.yaml"
        config.write_text(_CONFIG.format(root=self.root))
        self._log = self.root / "verdaccio.log"
        serve = ["node", str(tools.VERDACCIO / "serve.js"), str(config), self.host]
        environment = {"NODE_PATH": str(modules), "NODE_ENV": "production"}
        self._process = process.start(serve, env=environment, cwd=self.root, log=self._log)
        try:
            self.url = self._wait_until_ready()
            self._client = httpx.Client(base_url=self.url, trust_env=False, timeout=30)
            self.token = self._add_person("robot", "a long password")
        except BaseException:
            process.stop(self._process)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; what was published stays below ``root``."""
        self._client.close()
        process.stop(self._process)

    @property
    def address(self) -> str:
        """Host and port."""
        return self.url.removeprefix("http://")

    def package(self, name: str) -> Json:
        """Everything the registry has of a package; empty when there is none of that name."""
        answer = self._client.get(f"/{name.replace('/', '%2f')}")
        return {} if answer.status_code == httpx.codes.NOT_FOUND else cast("Json", answer.raise_for_status().json())

    def versions(self, name: str) -> list[str]:
        """The published versions of a package, sorted as text."""
        return sorted(self.package(name).get("versions", {}))

    def tags(self, name: str) -> dict[str, str]:
        """The dist-tags of a package."""
        return dict(self.package(name).get("dist-tags", {}))

    def tarball(self, name: str, version: str) -> bytes:
        """The bytes of a published tarball."""
        return self._client.get(self.package(name)["versions"][version]["dist"]["tarball"]).raise_for_status().content

    def publish(self, document: Json) -> None:
        """Publish something by hand, as somebody else would."""
        headers = {"Authorization": f"Bearer {self.token}"}
        self._client.put(f"/{document['name']}", json=document, headers=headers).raise_for_status()

    def installed(self, what: str, folder: Path) -> Path:
        """Install a package as a person would, in a new folder, without scripts; gives where its commands are."""
        folder.mkdir()
        (folder / "package.json").write_text('{"private": true}')
        environment = {"npm_config_cache": str(folder / "cache"), "npm_config_userconfig": str(folder / "npmrc")}
        argv = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", f"--registry={self.url}/", what]
        process.run_sync(argv, cwd=folder, env=environment, timeout=120)
        return folder / "node_modules" / ".bin"

    def _add_person(self, name: str, password: str) -> str:
        body = {"_id": f"org.couchdb.user:{name}", "name": name, "password": password, "type": "user", "roles": []}
        answer = self._client.put(f"/-/user/org.couchdb.user:{name}", json=body).raise_for_status()
        return str(answer.json()["token"])

    def _wait_until_ready(self) -> str:
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := search(r"listening on (http://\S+)", self._log.read_text()):
                return found[1]
            time.sleep(0.05)
        raise tools.Missing(f"verdaccio did not start: {json.dumps(self._log.read_text()[-500:])}")
