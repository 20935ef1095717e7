"""The npm registry's own protocol, as far as publishing needs it.

https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md, and for publishing what npm's client sends
(``libnpmpublish``). It is spoken from here and not by npm in a container, because what is there has to be compared
before anything is sent, and because the token then never leaves this process.
"""

import ssl
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx

from pipeline.binaries.document import Json, document
from pipeline.binaries.packages import Package
from pipeline.errors import NotAuthorized, PipelineError, RegistryUnavailable
from pipeline.runtime import limits, retry
from pipeline.runtime.credentials import Credential
from pipeline.runtime.session import ask, first_line

GONE, TAKEN = 404, (403, 409)
PASSING = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True, kw_only=True)
class Npm:
    """An npm registry (an empty ``url`` is none), and the token for it, if there is one."""

    url: str
    credential: Credential

    async def package(self, name: str) -> Json | None:
        """Everything the registry knows of a package, read anew; None when it has none of that name.

        Raises `RegistryUnavailable` or `NotAuthorized` when that cannot be told.
        """
        return await retry.again(lambda: self._package(name))

    async def check_token(self) -> None:
        """Raise `NotAuthorized` unless there is a token, and the registry knows whose it is."""
        if self.credential.secret is None:
            raise NotAuthorized(f"There is no npm token: {self.credential.missing}.", next=self.credential.next_step())
        await retry.again(self._whoami)

    async def publish(self, package: Package, tag: str) -> bool:
        """Publish a version under a dist-tag; False when the registry says that it, or a newer state, is there.

        Safe to repeat: a registry takes a version once.
        """
        body = document(package, tag, self.url)
        return await retry.again(lambda: self._put(package, body))

    async def move_tag(self, name: str, tag: str, version: str) -> None:
        """Let a dist-tag name a version."""
        path = f"-/package/{quote(name, safe='@')}/dist-tags/{tag}"
        response = await retry.again(lambda: self._send("PUT", path, content=f'"{version}"'))
        self._expect_success(response, name)

    async def tarball(self, url: str) -> bytes:
        """A published tarball's bytes."""
        response = await retry.again(lambda: self._send("GET", url))
        self._expect_success(response, url)
        return response.content

    async def _package(self, name: str) -> Json | None:
        # With "write" the registry answers from where it writes, not from a cache that may be minutes old.
        response = await self._send("GET", f"{quote(name, safe='@')}?write=true")
        if response.status_code == GONE:
            return None
        self._expect_success(response, name)
        try:
            known = response.json()
        except ValueError as error:
            raise self._unavailable(f"no JSON for {name}") from error
        if not isinstance(known, dict):
            raise self._unavailable(f"no package document for {name}")
        return known

    async def _whoami(self) -> None:
        response = await self._send("GET", "-/whoami")
        self._expect_success(response, "-/whoami")
        # Not every registry refuses a token that it does not know.
        if "username" not in response.text:
            raise self._locked_out("-/whoami", "nobody's token")

    async def _put(self, package: Package, body: Json) -> bool:
        response = await self._send("PUT", quote(package.name, safe="@"), json=body)
        if response.status_code in TAKEN and "otp" not in response.headers.get("www-authenticate", "").lower():
            known = await self._package(package.name)
            if known and package.version in known.get("versions", {}):
                return False
        if response.status_code == TAKEN[1]:
            raise self._unavailable(f"{package.name} is being written by somebody else")
        self._expect_success(response, package.name)
        return True

    async def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request. The token goes to the registry itself and to nobody that it points at."""
        if not self.url:
            raise NotAuthorized(
                "There is no npm registry: none was passed.",
                next="Pass its address: --npm-registry, or NPMREGISTRY in the .env beside dagger.json.",
            )
        base = httpx.URL(self.url.rstrip("/") + "/")
        url = base.join(path)
        headers = {"Accept": "application/json"}
        if url.host == base.host and url.port == base.port and self.credential.secret:
            token = await ask(self.credential.secret.plaintext, explain=_no_token)
            headers["Authorization"] = f"Bearer {token.strip()}"
        if "content" in options:
            headers["Content-Type"] = "application/json"
        timeout = limits.current().registry_read
        try:
            async with httpx.AsyncClient(timeout=timeout, verify=_tls()) as client:
                return await client.request(method, url, headers=headers, **options)
        except httpx.HTTPError as error:
            raise self._unavailable(first_line(str(error)) if str(error) else type(error).__name__) from error

    def _expect_success(self, response: httpx.Response, what: str) -> None:
        if response.is_success:
            return
        said = _said(response)
        if response.status_code in (401, 403):
            raise self._locked_out(what, said)
        wait = retry.asked_to_wait(response.headers.get("retry-after", "")) or 0.0
        said = f"{said}, and a wait of {wait:.0f} seconds" if wait else said
        passing = response.status_code in PASSING and wait <= limits.current().patience
        raise self._unavailable(said, passing=passing, wait=wait)

    def _locked_out(self, what: str, said: str) -> PipelineError:
        return NotAuthorized(
            f"The npm registry {self.url} does not let this token in for {what}: {said}.",
            next="Pass one that may publish there without a one-time password: --npm-token env://NPM_TOKEN.",
        )

    def _unavailable(self, said: str, *, passing: bool = True, wait: float = 0.0) -> PipelineError:
        return RegistryUnavailable(
            f"The npm registry {self.url} did not answer as it should: {said}.",
            next="Check the address and the registry's state, then run the same call again.",
            passing=passing,
            wait=wait,
        )


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the machine's certificates takes longer than most requests."""
    return httpx.create_ssl_context()


def _said(response: httpx.Response) -> str:
    try:
        answer = response.json()
        words = answer.get("error") or answer.get("message") if isinstance(answer, dict) else answer
    except ValueError:
        words = response.text
    return f"{response.status_code} {first_line(str(words or 'no message'))}"


def _no_token(message: str) -> PipelineError:
    return NotAuthorized(
        f"The npm token is not there: {first_line(message)}.", next="Set the variable that --npm-token names."
    )
