"""All that the double knows: one explicit object, in memory."""

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import anyio

from pipeline.demo.github.git import GitRepository

Permission = Literal["pull", "push", "admin"]
MakeLatest = Literal["true", "false", "legacy"]

HOURLY_REQUESTS = 5000
"""https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"""
HOURLY_ANONYMOUS_REQUESTS = 60


@dataclass(slots=True)
class RateLimit:
    """How many requests one caller may make in an hour, and how many were made."""

    limit: int
    used: int = 0

    @property
    def remaining(self) -> int:
        """Requests left in this hour."""
        return max(0, self.limit - self.used)


@dataclass(slots=True)
class Token:
    """A token: whose it is, what it may do in which repository, and its hourly budget.

    What kind of token it is shows in its prefix, as at GitHub: ``github_pat_`` is fine-grained, ``ghs_`` belongs to
    an app (Actions' own ``GITHUB_TOKEN`` is one), anything else is a classic personal token.
    """

    secret: str = field(repr=False)
    login: str
    permissions: dict[str, Permission]
    rate: RateLimit
    roles: dict[str, Permission] = field(default_factory=dict)
    """What the person behind it may do, by repository, where that is not what the token may."""

    @property
    def kind(self) -> Literal["classic", "fine-grained", "app"]:
        """What the prefix says."""
        if self.secret.startswith("github_pat_"):
            return "fine-grained"
        return "app" if self.secret.startswith("ghs_") else "classic"


@dataclass(slots=True)
class Asset:
    """A file of a release; without content it is what an upload that GitHub lost half-way leaves behind."""

    id: int
    name: str
    label: str | None
    content_type: str
    content: bytes = field(repr=False)
    uploader: str
    created_at: datetime
    updated_at: datetime
    storage_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    download_count: int = 0


@dataclass(slots=True)
class Release:
    """A release, or a draft of one."""

    id: int
    tag_name: str
    target_commitish: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    author: str
    created_at: datetime
    published_at: datetime | None = None
    updated_at: datetime | None = None
    immutable: bool = False
    unlisted: int = 0
    """How many lists it will be missing in."""
    assets: dict[int, Asset] = field(default_factory=dict)


@dataclass(slots=True)
class Pull:
    """A pull request between two branches of one repository."""

    id: int
    number: int
    title: str
    body: str | None
    head: str
    base: str
    head_sha: str
    base_sha: str
    author: str
    created_at: datetime
    updated_at: datetime
    draft: bool = False
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    labels: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Repository:
    """A repository: its settings, its releases and pull requests, and the git repository behind it.

    Without a ``git`` repository it is what GitHub calls an empty one.
    """

    id: int
    full_name: str
    created_at: datetime
    git: GitRepository | None = None
    private: bool = False
    default_branch: str = "main"
    immutable_releases: bool = False
    list_lag: int = 0
    """How many lists what is created is missing in, as a list need not have what is new."""
    tells_digests: bool = True
    """Older servers of enterprises tell no digest of a release's files."""
    clone_url: str = ""
    latest_id: int | None = None
    releases: dict[int, Release] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    burned_tags: set[str] = field(default_factory=set)

    @property
    def owner(self) -> str:
        """The part before the slash."""
        return self.full_name.partition("/")[0]

    @property
    def name(self) -> str:
        """The part after the slash."""
        return self.full_name.partition("/")[2]


@dataclass(slots=True)
class Store:
    """Repositories by lower-case name, tokens by secret, and the lock that makes each request atomic."""

    git_root: Path | None = None
    repositories: dict[str, Repository] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict, repr=False)
    anonymous_rate: RateLimit = field(default_factory=lambda: RateLimit(HOURLY_ANONYMOUS_REQUESTS))
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def new_id(self) -> int:
        """Return a number that nothing else in this store has."""
        return next(self.ids)
