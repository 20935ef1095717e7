"""A Dagger session without a Dagger engine: a part of its API, served on top of git, buildah and skopeo."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from pipeline.runtime.limits import Limits

__all__ = ["Endpoint", "session"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a session listens: the values of ``DAGGER_SESSION_PORT`` and ``DAGGER_SESSION_TOKEN``."""

    port: int
    token: str


@asynccontextmanager
async def session(
    *, on_output: Callable[[str], None] | None = None, cache: Path | None = None, limits: Limits | None = None
) -> AsyncIterator[Endpoint]:
    """Serve a session in this event loop for as long as the context lasts, and leave nothing behind.

    ``on_output`` hears the builds' output line by line; ``cache`` is where images, layers and commits stay for the next
    session, by default ``pipeline`` in the person's cache folder; ``limits`` is how long its programs may take.
    """
    # Here, because most runs of the terminal command need none of it.
    import secrets

    from pipeline.local.builder import Builder
    from pipeline.local.container import Container
    from pipeline.local.context import Context
    from pipeline.local.credentials import Credentials
    from pipeline.local.pulled import Images
    from pipeline.local.query import Query
    from pipeline.local.registry import Registry
    from pipeline.local.server import serve
    from pipeline.local.workspace import default_cache, workspace

    token = secrets.token_urlsafe(32)
    limits = limits or Limits()
    credentials = Credentials()
    with workspace(cache or default_cache()) as folders, closing(credentials):
        registry = Registry(folders, credentials, limits)
        builder = Builder(folders, credentials, limits, on_output)
        images = Images(registry, folders)
        context = Context(folders, credentials, registry, images, builder, Container, limits)
        async with builder.cleaned_up(), serve(Query(context), token) as port:
            yield Endpoint(port, token)
