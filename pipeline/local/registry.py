"""Image registries, read and written with skopeo(1).

What is there, what is not, and what cannot be told are three different answers: only a registry's own "unknown" is
an absence. The texts are the engine's, because callers tell the cases apart by them.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from pipeline import process
from pipeline.local import oci, tools
from pipeline.local.credentials import Credentials
from pipeline.local.failure import Failure
from pipeline.local.reference import Reference
from pipeline.local.workspace import Workspace
from pipeline.runtime.limits import Limits
from pipeline.runtime.once import Once


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest or an index as the registry has it."""

    digest: str
    content: oci.Json


class Registry:
    """Reads and writes with the session's logins."""

    def __init__(self, workspace: Workspace, credentials: Credentials, limits: Limits) -> None:
        self._workspace = workspace
        self._credentials = credentials
        self._limits = limits
        self._by_digest: dict[str, Once[Manifest]] = {}

    async def manifest(self, reference: Reference) -> Manifest:
        """The manifest or index at a tag or digest; ``….: not found`` when the registry says there is none."""
        if not reference.digest:
            read = await self._manifest(reference)
            self._by_digest.setdefault(reference.at(read.digest).source, Once.of(read))
            return read
        # What a digest names never changes.
        read_once = self._by_digest.setdefault(reference.source, Once(partial(self._manifest, reference)))
        return await read_once()

    async def _manifest(self, reference: Reference) -> Manifest:
        read = await self._inspect(reference, ["--raw"])
        return Manifest(oci.digest_of(read.stdout), cast("oci.Json", json.loads(read.stdout)))

    async def config(self, reference: Reference) -> oci.Json:
        """The config of the one image at a digest."""
        return cast("oci.Json", json.loads((await self._inspect(reference, ["--config", "--raw"])).stdout))

    async def pull(self, reference: Reference, layout: Path) -> None:
        """Copy the one image at a digest into an OCI layout."""
        arguments = ["copy", *_plain_http("src", reference)]
        source, target = f"docker://{reference.source}", self._workspace.layout(layout)
        await self._skopeo([*arguments, source, target], reference, self._limits.registry_copy)

    async def push(self, layout: Path, reference: Reference) -> None:
        """Copy all of an OCI layout that is named ``image`` to a tag, byte for byte."""
        arguments = ["copy", "--all", "--preserve-digests", *_plain_http("dest", reference)]
        source, target = self._workspace.layout(layout), f"docker://{reference.tagged}"
        await self._skopeo([*arguments, source, target], reference, self._limits.registry_copy)

    async def _inspect(self, reference: Reference, options: Sequence[str]) -> process.Completed:
        plain = ["--tls-verify=false"] if reference.is_loopback else []
        arguments = ["inspect", *options, *plain, f"docker://{reference.source}"]
        return await self._skopeo(arguments, reference, self._limits.registry_read)

    async def _skopeo(self, arguments: Sequence[str], reference: Reference, within: float) -> process.Completed:
        command, *rest = arguments
        logins = self._credentials.passed()
        argv = ["skopeo", "--tmpdir", str(self._workspace.session), command, *logins.arguments, *rest]
        completed = await tools.run(argv, within=within, cwd=self._workspace.session, pass_fds=logins.descriptors)
        if completed.returncode:
            has_login = self._credentials.knows(reference.host)
            raise Failure(explain(tools.last_line(completed), reference.source, has_login=has_login))
        return completed


def explain(said: str, name: str, *, has_login: bool) -> str:
    """What skopeo or buildah said about an image, in the words of the engine."""
    cause = _cause(said)
    if re.search(r"\b(manifest|name|repository name) (unknown|not known)|NAME_UNKNOWN|MANIFEST_UNKNOWN", cause):
        return f"{name}: not found"
    if re.search(r"\bunauthorized\b|\b401\b|authentication required", cause, re.IGNORECASE):
        rejected = "unexpected status: 401 Unauthorized"
        return f"{name}: {rejected if has_login else 'authorization failed: no basic auth credentials'}"
    if re.search(r"\bdenied\b|\b403\b", cause):
        return f"{name}: unexpected status: 403 Forbidden ({cause})"
    if status := re.search(r"StatusCode: (\d+)|toomanyrequests", cause):
        return f"{name}: unexpected status: {_phrase(status[1] or '429')}"
    return f"{name}: {cause}"


def _cause(said: str) -> str:
    """The message of a log line of theirs, without what only repeats the request."""
    quoted = re.search(r'msg="((?:[^"\\]|\\.)*)"', said)
    message = json.loads(f'"{quoted[1]}"') if quoted else said.removeprefix("Error: ")
    return re.sub(r'^Error parsing image name "[^"]*": ', "", message)


def _phrase(status: str) -> str:
    # 404 without a registry's own error code may come from anything in between: it must not read as "not found".
    known = {"404": "404 without an error code", "429": "429 Too Many Requests", "500": "500 Internal Server Error"}
    return known.get(status, status)


def _plain_http(side: str, reference: Reference) -> list[str]:
    return [f"--{side}-tls-verify=false"] if reference.is_loopback else []
