"""How long the local session waits for others. One place, so that one look tells them all."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds until a step counts as stalled and is ended."""

    git_refs: float = 60
    """Listing the refs of a remote."""

    git_fetch: float = 900
    """Fetching commits or a tree; a connection that goes quiet ends much sooner, by ``quiet``."""

    git_local: float = 300
    """Work on the disk alone: a checkout, a merge base."""

    quiet: int = 30
    """A git transfer slower than a kilobyte a second for this long has stalled."""

    registry_read: float = 60
    """One manifest or image config."""

    registry_copy: float = 1800
    """Pulling or pushing layers."""

    build: float = 7200
    """A whole image build, or one command in a container."""

    lock: float = 900
    """Another run that holds the same git cache."""
