"""Reading a registry's own API, for what the Dagger API does not tell: which images an index lists.

https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests, and for logging in
https://distribution.github.io/distribution/spec/auth/token/.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio
import requests
from requests.auth import HTTPBasicAuth
from requests.utils import parse_dict_header

from pipeline.errors import NotAuthorized, RegistryUnavailable
from pipeline.image.registry import Registry
from pipeline.runtime import limits, retry

ACCEPT = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.list.v2",
        "docker.distribution.manifest.v2",
    )
)


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks: a user name and a token; without a token it is anybody."""

    username: str
    token: str | None

    @classmethod
    async def of(cls, registry: Registry) -> "Login":
        """Who this pipeline is to a registry."""
        secret = registry.credential.secret
        return cls(registry.username, await secret.plaintext() if secret else None)


async def manifest(name: str, digest: str, login: Login) -> bytes:
    """The manifest or index of an image such as ``ghcr.io/unkeyed/vault``, whose content is proved by its digest.

    Raises `NotAuthorized`, or `RegistryUnavailable` when the registry cannot be asked from here or gives other bytes.
    """
    host, _, path = name.partition("/")
    url = f"{scheme(host)}://{host}/v2/{path}/manifests/{digest}"

    async def ask() -> bytes:
        return await anyio.to_thread.run_sync(_read, url, digest, login, abandon_on_cancel=True)

    return await retry.again(ask)


def is_loopback(host: str) -> bool:
    """Whether a registry is on this machine, seen from where its address was written."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def scheme(host: str) -> str:
    """Loopback registries speak plain HTTP, as to every other client of theirs."""
    return "http" if is_loopback(host) else "https"


def answer(session: requests.Session, url: str, login: Login, *, accept: str = ACCEPT) -> requests.Response:
    """What a registry answers to a GET, logged in when it asks for that: a success, or a 404.

    Raises `NotAuthorized`, or `RegistryUnavailable` for everything else.
    """
    host, path = urlsplit(url).netloc, urlsplit(url).path
    try:
        response = _get(session, url, accept)
        if response.status_code == requests.codes.unauthorized:
            _log_in(session, response, login)
            response = _get(session, url, accept)
    except requests.RequestException as error:
        raise unavailable(url, type(error).__name__, passing=True) from error
    if response.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
        raise NotAuthorized(
            f"The registry {host} does not let this token read {path}: {response.status_code}.",
            next="Pass one that may read packages: --registry-token env://NAME.",
        )
    if response.status_code not in (requests.codes.ok, requests.codes.not_found):
        raise unavailable(url, str(response.status_code), passing=response.status_code in (429, 500, 502, 503, 504))
    return response


def unavailable(url: str, reason: str, *, passing: bool) -> RegistryUnavailable:
    """The error for a registry that does not answer as it should."""
    return RegistryUnavailable(
        f"The registry {urlsplit(url).netloc} did not hand out {urlsplit(url).path}: {reason}.",
        next="Check the registry's state, then run the same call again.",
        passing=passing,
    )


def _read(url: str, digest: str, login: Login) -> bytes:
    with requests.Session() as session:
        response = answer(session, url, login)
    if response.status_code != requests.codes.ok:
        raise unavailable(url, str(response.status_code), passing=False)
    if digest != f"sha256:{hashlib.sha256(response.content).hexdigest()}":
        raise unavailable(url, "it sent other bytes under that digest", passing=True)
    return response.content


def _get(session: requests.Session, url: str, accept: str) -> requests.Response:
    return session.get(url, headers={"Accept": accept}, timeout=limits.current().registry_read)


def _log_in(session: requests.Session, refusal: requests.Response, login: Login) -> None:
    """Answer the registry's challenge. The token goes to the realm it names only over TLS, or to the host itself."""
    kind, _, said = refusal.headers.get("WWW-Authenticate", "").partition(" ")
    basic = HTTPBasicAuth(login.username, login.token) if login.token else None
    if kind.lower() == "basic":
        session.auth = basic
        return
    asked: dict[str, str] = parse_dict_header(said)  # type: ignore[no-untyped-call]
    realm = asked.pop("realm", "")
    if not realm or not (urlsplit(realm).scheme == "https" or urlsplit(realm).netloc == urlsplit(refusal.url).netloc):
        return
    answer = session.get(realm, params=asked, auth=basic, timeout=limits.current().registry_read)
    if answer.ok:
        body = answer.json()
        session.headers["Authorization"] = f"Bearer {body.get('token') or body.get('access_token')}"
