"""The double as a running server."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from starlette.types import ASGIApp

from pipeline.demo.github.app import build_app
from pipeline.demo.github.faults import Fault, Faults
from pipeline.demo.github.git import GitRepository
from pipeline.demo.github.journal import Exchange, Journal
from pipeline.demo.github.people import now
from pipeline.demo.github.server import ThreadedServer
from pipeline.demo.github.store import (
    HOURLY_REQUESTS,
    Asset,
    Permission,
    Pull,
    RateLimit,
    Release,
    Repository,
    Store,
    Token,
)


class GitHubDouble:
    """GitHub's REST API on a port of its own, for as long as the context lasts.

    ``git_root`` is where repositories are looked for: ``<git_root>/<owner>/<name>.git``. ``wrap`` puts a layer around
    the application, inside of faults, so that it sees what the double itself was asked and answered. Another ``host``
    is for callers in containers, who cannot reach this machine's loopback.

    All methods may be called from any thread, also while requests are served.
    """

    def __init__(
        self,
        git_root: Path | None = None,
        *,
        host: str = "127.0.0.1",
        wrap: Callable[[ASGIApp], ASGIApp] | None = None,
    ) -> None:
        self._host = host
        self.store = Store(git_root=git_root)
        app = build_app(self.store)
        self._faults = Faults(wrap(app) if wrap else app)
        self._journal = Journal(self._faults)

    def __enter__(self) -> Self:
        """Start to serve."""
        self._server = ThreadedServer(self._journal, self._host)
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, whatever is under way."""
        self._server.stop()

    @property
    def url(self) -> str:
        """The API's address: what PyGithub takes as ``base_url``."""
        return f"http://{self._host}:{self._server.port}"

    @property
    def requests(self) -> list[Exchange]:
        """All exchanges so far, oldest first, without query strings, headers and bodies."""
        return list(self._journal.exchanges)

    def add_repository(
        self,
        full_name: str,
        *,
        git_dir: Path | None = None,
        private: bool = False,
        default_branch: str = "main",
        immutable_releases: bool = False,
        list_lag: int = 0,
        clone_url: str = "",
    ) -> Repository:
        """Make a repository known; without ``git_dir`` it is the one under ``git_root``, or else an empty one.

        A release that is created is missing in the next ``list_lag`` lists.
        """
        directory = git_dir or self._under_root(full_name)
        repository = Repository(
            id=self.store.new_id(),
            full_name=full_name,
            created_at=now(),
            git=GitRepository(directory) if directory else None,
            private=private,
            default_branch=default_branch,
            immutable_releases=immutable_releases,
            list_lag=list_lag,
            clone_url=clone_url,
        )
        self.store.repositories[full_name.lower()] = repository
        return repository

    def add_token(
        self,
        secret: str,
        *,
        permissions: Mapping[str, Permission],
        roles: Mapping[str, Permission] | None = None,
        login: str = "octocat",
        hourly_requests: int = HOURLY_REQUESTS,
    ) -> Token:
        """Make a token known, with what it may do in which repository; public ones it may read anyway.

        ``roles`` is what the person behind it may do: a fine-grained token is often given less than that, and
        ``GET /repos`` tells the person's permissions, not the token's.
        """
        rate = RateLimit(hourly_requests)
        token = Token(secret, login, _by_name(permissions), rate, _by_name(roles or {}))
        self.store.tokens[secret] = token
        return token

    def add_merged_pull(self, full_name: str, *, title: str, commit: str, base_commit: str, login: str) -> Pull:
        """Return a pull request that was merged as ``commit`` onto ``base_commit``, for notes and commit look-ups."""
        repository = self.store.repositories[full_name.lower()]
        moment = now()
        pull = Pull(
            id=self.store.new_id(),
            number=max(repository.pulls, default=0) + 1,
            title=title,
            body=None,
            head=f"{login}-patch",
            base=repository.default_branch,
            head_sha=commit,
            base_sha=base_commit,
            author=login,
            created_at=moment,
            updated_at=moment,
            state="closed",
            closed_at=moment,
            merged_at=moment,
            merge_commit_sha=commit,
        )
        repository.pulls[pull.number] = pull
        return pull

    def add_starter(self, full_name: str, release_id: int, name: str) -> Asset:
        """Leave the empty asset in a release that a failed upload leaves, in the state ``starter``."""
        return self.add_file(full_name, release_id, name, content=b"")

    def add_draft(self, full_name: str, tag: str, commit: str) -> Release:
        """Leave the draft in a repository that a run leaves which is killed early."""
        release = Release(
            id=self.store.new_id(),
            tag_name=tag,
            target_commitish=commit,
            name=tag,
            body=None,
            draft=True,
            prerelease=False,
            author="octocat",
            created_at=now(),
        )
        self.store.repositories[full_name.lower()].releases[release.id] = release
        return release

    def add_file(
        self, full_name: str, release_id: int, name: str, *, content: bytes = b"{}\n", label: str | None = None
    ) -> Asset:
        """Attach a file to a release, as somebody else would."""
        release = self.store.repositories[full_name.lower()].releases[release_id]
        asset = Asset(
            id=self.store.new_id(),
            name=name,
            label=label,
            content_type="application/octet-stream",
            content=content,
            uploader=release.author,
            created_at=now(),
            updated_at=now(),
        )
        release.assets[asset.id] = asset
        return asset

    def interfere(self, fault: Fault) -> Fault:
        """Order a fault; it is returned so that its ``hits`` can be read. Faults take turns in the order given."""
        self._faults.ordered.append(fault)
        return fault

    def heal(self) -> None:
        """Cancel all faults that are still ordered."""
        self._faults.ordered.clear()

    def _under_root(self, full_name: str) -> Path | None:
        root = self.store.git_root
        directory = root / f"{full_name}.git" if root else None
        return directory if directory and directory.is_dir() else None


def _by_name(permissions: Mapping[str, Permission]) -> dict[str, Permission]:
    return {full_name.lower(): permission for full_name, permission in permissions.items()}
