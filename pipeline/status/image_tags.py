"""Which tags of an image there are: all at once from the registry's own API, since the Dagger API reads one at a time.

GET ``/v2/<name>/tags/list``, page by page:
https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags.
"""

from collections.abc import Sequence
from functools import partial
from urllib.parse import urljoin, urlsplit

import anyio
import requests

from pipeline.errors import ImageTaken, Unavailable
from pipeline.image import distribution, registry
from pipeline.image.distribution import Login
from pipeline.image.registry import Registry
from pipeline.journal import part, parts
from pipeline.runtime import retry
from pipeline.runtime.concurrency import together
from pipeline.tag import Tag

PAGE = 1000

ANY_PLATFORM = "linux/amd64"
"""What is looked for: that an index has nothing for it tells as well that it is there."""

LOOKS = 8
"""Tags that are looked at at once where they cannot be listed."""


async def present(images: Registry, service: str, tags: Sequence[Tag]) -> frozenset[Tag]:
    """Those of a service's tags that have an image.

    A registry that cannot be listed from here, or not without the logins that the session has, is asked for tag by
    tag. Raises `Unavailable` when that does not work either.
    """
    try:
        names = await _listed(images, service)
    except Unavailable:
        return await _one_by_one(images, tags)
    return frozenset(tag for tag in tags if tag.image_tag in names)


async def _listed(images: Registry, service: str) -> frozenset[str]:
    """All tags of a service's image; none where the registry knows no such image."""
    login = await Login.of(images)
    host, _, path = images.image(service).partition("/")
    url = f"{distribution.scheme(host)}://{host}/v2/{path}/tags/list?n={PAGE}"

    async def ask() -> frozenset[str]:
        return await anyio.to_thread.run_sync(_all, url, login, abandon_on_cancel=True)

    with part(f"image tags of {service}"):
        return await retry.again(ask)


def _all(url: str, login: Login) -> frozenset[str]:
    tags: set[str] = set()
    with requests.Session() as session:
        following: str | None = url
        while following:
            page = distribution.answer(session, following, login, accept="application/json")
            if page.status_code == requests.codes.not_found:
                if "NAME_UNKNOWN" in page.text:
                    break
                raise distribution.unavailable(url, "404 without an error code", passing=False)
            tags.update(page.json().get("tags") or [])
            following = _next(following, page)
    return frozenset(tags)


def _next(url: str, page: requests.Response) -> str | None:
    link = page.links.get("next", {}).get("url")
    following = urljoin(url, link) if link else None
    return following if following and urlsplit(following).netloc == urlsplit(url).netloc else None


async def _one_by_one(images: Registry, tags: Sequence[Tag]) -> frozenset[Tag]:
    """The newest tag first, alone: what keeps it from being read keeps all."""
    found = []
    for some in (tags[-1:], tags[:-1]):
        parts(len(some))
        found += await together([partial(_look, images, tag) for tag in some], limit=LOOKS)
    return frozenset(tag for tag in found if tag)


async def _look(images: Registry, tag: Tag) -> Tag | None:
    with part(f"image of {tag}"):
        try:
            return tag if await registry.digest_of(images, images.reference(tag), ANY_PLATFORM) else None
        except ImageTaken:
            return tag
