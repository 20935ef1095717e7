"""How long a run waits for others and how often it asks again: every such number of the product, in one table.

The table is ``[limits]`` of ``services.toml``. It is read before anything is awaited, and holds for the stages on
every engine as well as for the local session's own programs.
"""

from contextvars import ContextVar
from typing import Annotated

from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(gt=0)]


class Limits(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[limits]``: seconds, except where it says otherwise. What is left out has the value that stands here."""

    attempts: Annotated[int, Meta(ge=1, description="Tries of what is safe to try again.")] = 4
    first_wait: Annotated[float, Meta(ge=0, description="Between two tries: random, doubling from here.")] = 0.5
    longest_wait: Annotated[float, Meta(ge=0, description="Where that doubling ends.")] = 8
    patience: Annotated[
        float, Meta(ge=0, description="The longest Retry-After, or rate limit, that is waited for.")
    ] = 90

    github_request: Annotated[int, Meta(ge=1, description="Silence in one request to the GitHub API.")] = 30
    session: Annotated[Seconds, Meta(description="A question that the session answers without a network.")] = 60
    git_refs: Annotated[Seconds, Meta(description="Listing the refs of the git remote.")] = 60
    git_fetch: Annotated[Seconds, Meta(description="Fetching commits or a tree.")] = 900
    git_local: Annotated[Seconds, Meta(description="Git on the disk alone: a checkout, a merge base.")] = 300
    git_quiet: Annotated[int, Meta(ge=1, description="A git transfer below 1 kB/s for this long has stalled.")] = 30
    registry_read: Annotated[Seconds, Meta(description="One manifest or image config.")] = 60
    registry_copy: Annotated[Seconds, Meta(description="Pulling or pushing an image.")] = 1800
    build: Annotated[Seconds, Meta(description="One image build, or one command in a container.")] = 7200
    claim: Annotated[
        Seconds, Meta(description="Seconds without a sign of life after which another run's claim is taken over.")
    ] = 120
    lock: Annotated[Seconds, Meta(description="Another run on this machine that holds the same cache.")] = 900

    cache_days: Annotated[
        float, Meta(gt=0, description="Days without use after which the local session's cache drops a part.")
    ] = 30
    cache_gigabytes: Annotated[
        float, Meta(ge=0, description="The size above which it drops what has not been used for longest.")
    ] = 20


_current = ContextVar("limits", default=Limits())  # noqa: B039 - it is frozen


def current() -> Limits:
    """The limits that hold for this run."""
    return _current.get()


def use(limits: Limits) -> None:
    """Let these limits hold for the rest of this run."""
    _current.set(limits)
