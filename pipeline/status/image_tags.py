"""All tags of an image at once, from the registry's own API: the Dagger API reads one tag at a time.

GET ``/v2/<name>/tags/list`` and its pages:
https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags. Logging in:
https://distribution.github.io/distribution/spec/auth/token/.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import anyio
import requests
from requests.auth import HTTPBasicAuth
from requests.utils import parse_dict_header

from pipeline import limits, retry
from pipeline.errors import NotAuthorized, RegistryUnavailable
from pipeline.image.registry import Registry
from pipeline.journal import part

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks: a user name and a token; without a token it is anybody."""

    username: str
    token: str | None


async def listed(registry: Registry, service: str) -> frozenset[str]:
    """All tags of a service's image; none where the registry knows no such image.

    Raises `NotAuthorized`, or `RegistryUnavailable` when the registry cannot be asked from here.
    """
    secret = registry.credential.secret
    login = Login(registry.username, await secret.plaintext() if secret else None)
    host, _, path = registry.prefix.partition("/")
    url = f"{_scheme(host)}://{host}/v2/{path + '/' if path else ''}{service}/tags/list?n={PAGE}"

    async def ask() -> frozenset[str]:
        return await anyio.to_thread.run_sync(_all, url, login, abandon_on_cancel=True)

    with part(f"image tags of {service}"):
        return await retry.again(ask)


def _all(url: str, login: Login) -> frozenset[str]:
    tags: set[str] = set()
    with requests.Session() as session:
        following: str | None = url
        while following:
            page = _page(session, following, login)
            if page is None:
                break
            tags.update(page.json().get("tags") or [])
            following = _next(following, page)
    return frozenset(tags)


def _page(session: requests.Session, url: str, login: Login) -> requests.Response | None:
    try:
        response = _get(session, url)
        if response.status_code == requests.codes.unauthorized:
            _log_in(session, response, login)
            response = _get(session, url)
    except requests.RequestException as error:
        raise _unavailable(url, type(error).__name__, passing=True) from error
    if response.status_code == requests.codes.not_found and "NAME_UNKNOWN" in response.text:
        return None
    if response.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
        raise NotAuthorized(
            f"{urlsplit(url).netloc} does not let this token list {urlsplit(url).path}: {response.status_code}.",
            next="Pass one that may read packages: --registry-token env://NAME.",
        )
    if response.status_code != requests.codes.ok:
        raise _unavailable(url, str(response.status_code), passing=response.status_code in (429, 500, 502, 503, 504))
    return response


def _get(session: requests.Session, url: str) -> requests.Response:
    return session.get(url, timeout=limits.current().registry_read)


def _log_in(session: requests.Session, refusal: requests.Response, login: Login) -> None:
    """Answer the registry's challenge. The token goes to the realm it names only over TLS, or to the host itself."""
    challenge = refusal.headers.get("WWW-Authenticate", "")
    scheme, _, said = challenge.partition(" ")
    basic = HTTPBasicAuth(login.username, login.token) if login.token else None
    if scheme.lower() == "basic":
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


def _next(url: str, page: requests.Response) -> str | None:
    link = page.links.get("next", {}).get("url")
    following = urljoin(url, link) if link else None
    return following if following and urlsplit(following).netloc == urlsplit(url).netloc else None


def _unavailable(url: str, reason: str, *, passing: bool) -> RegistryUnavailable:
    return RegistryUnavailable(
        f"{urlsplit(url).netloc} did not list {urlsplit(url).path}: {reason}.",
        next="Check the registry's state, then run the same call again.",
        passing=passing,
    )


def _scheme(host: str) -> str:
    """Loopback registries speak plain HTTP, as to every other client of theirs."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return "http" if ipaddress.ip_address(name).is_loopback else "https"
    except ValueError:
        return "http" if name == "localhost" else "https"
