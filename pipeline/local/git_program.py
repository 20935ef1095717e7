"""Running git(1) against a remote that is not trusted, with a login that nobody gets to see.

The URL and the login reach git as configuration in its environment (``GIT_CONFIG_COUNT``, see git-config(1)): the
login is never an argument and never on the disk.
"""

import base64
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from pipeline import process
from pipeline.local import tools
from pipeline.local.failure import Failure
from pipeline.runtime.limits import Limits

PROTOCOLS = ("http", "https", "ssh", "git", "file")
"""What a URL may be. ``ext`` and other remote helpers would run commands."""

REPOSITORY_VARIABLES = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""Set by git for its hooks and aliases; they would lead our git to the person's repository."""


class CommitRefused(Failure):
    """The server hands out refs only, not commits by their ID."""


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and a token for HTTP basic authentication."""

    username: str
    token: str


class Git:
    """git(1) for one remote, which it calls ``origin``."""

    def __init__(self, url: str, login: Login | None, limits: Limits) -> None:
        self.url, embedded = split_login(url)
        self._limits = limits
        login = login or embedded
        # The token goes into the environment of processes and nowhere else; repr() must not show it.
        self._header = _header(login) if login and self.url.startswith("http") else None

    async def remote(
        self, repository: Path, arguments: Sequence[str], *, within: float, cwd: Path | None = None
    ) -> process.Completed:
        """Run a git command that talks to the remote; a `Failure` says what went wrong there."""
        argv = _without_repository_variables(["git", "--git-dir", str(repository), *arguments])
        completed = await tools.run(argv, within=within, env=self._environment(), cwd=cwd)
        if completed.returncode:
            raise _failure(completed, self.url)
        return completed

    async def local(
        self,
        repository: Path,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        ok: Sequence[int] = (0,),
    ) -> process.Completed:
        """Run a git command that needs the disk only, untouched by anybody's configuration."""
        isolated = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_COUNT": "0", "LC_ALL": "C"}
        argv = _without_repository_variables(["git", "--git-dir", str(repository), *arguments])
        completed = await tools.run(argv, within=self._limits.git_local, env={**isolated, **(env or {})}, stdin=stdin)
        if completed.returncode not in ok:
            raise Failure(f"git {arguments[0]} failed: {tools.last_line(completed)}")
        return completed

    async def create(self, repository: Path, *, partial: bool) -> None:
        """Make a bare cache repository; ``partial`` for one that misses trees on purpose."""
        await self.local(repository, ["init", "--quiet", "--bare", "--template=", str(repository)])
        config = repository / "config"
        if partial:
            promise = '[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n'
            version = config.read_text().replace("repositoryformatversion = 0", "repositoryformatversion = 1")
            config.write_text(version + promise)

    def _environment(self) -> dict[str, str]:
        settings = [
            ("remote.origin.url", self.url),
            ("protocol.ext.allow", "never"),
            ("http.lowSpeedLimit", "1000"),
            ("http.lowSpeedTime", str(self._limits.git_quiet)),
            ("gc.autoDetach", "false"),
        ]
        if self._header:
            parts = urlsplit(self.url)
            scope = f"http.{parts.scheme}://{parts.netloc}/.extraHeader"
            # A login that was given is the only one tried: a stale token must not pass thanks to a stored one.
            settings += [("credential.helper", ""), (scope, ""), (scope, self._header)]
        return {**_configuration(settings), **_QUIET}


_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
    "LC_ALL": "C",
}


def check_url(url: str) -> None:
    """A `Failure` for what is no URL of a git remote we would talk to."""
    scheme = re.match(r"([a-z][a-z0-9+.-]*)::?", url)
    is_scp = re.match(r"[\w.-]+@[\w.-]+:(?!:)", url)
    if url.startswith("-") or (not url.startswith("/") and not is_scp and not (scheme and "://" in url)):
        raise Failure(f"{url!r} is not the URL of a git repository; use https://, ssh:// or user@host:path")
    if "://" in url and (url.partition("://")[0] not in PROTOCOLS or "::" in url.partition("://")[0]):
        raise Failure(f"the protocol of {url!r} is not allowed; use one of {', '.join(PROTOCOLS)}")


def split_login(url: str) -> tuple[str, Login | None]:
    """A URL without the login that may be written in it, and that login."""
    parts = urlsplit(url) if url.startswith(("http://", "https://")) else None
    if parts is None or "@" not in parts.netloc:
        return url, None
    clean = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return clean, Login(unquote(parts.username or ""), unquote(parts.password or ""))


def _header(login: Login) -> str:
    return "Authorization: Basic " + base64.b64encode(f"{login.username}:{login.token}".encode()).decode()


def _configuration(settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Settings as git reads them from its environment, after those that are there already."""
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for position, (key, value) in enumerate(settings, start=first):
        variables[f"GIT_CONFIG_KEY_{position}"] = key
        variables[f"GIT_CONFIG_VALUE_{position}"] = value
    return variables


def _without_repository_variables(argv: list[str]) -> list[str]:
    unwanted = [name for name in REPOSITORY_VARIABLES if name in os.environ]
    return ["env", *(word for name in unwanted for word in ("-u", name)), *argv] if unwanted else argv


def _failure(completed: process.Completed, url: str) -> Failure:
    said = completed.stderr
    lower = said.lower()
    if (
        "authentication failed" in lower
        or "could not read username" in lower
        or "could not read password" in lower
        or "permission denied (" in lower
    ):
        return Failure(f"git authentication failed: Authentication failed for {url!r}")
    if "host key verification failed" in lower:
        return Failure(
            f"git authentication failed: ssh does not know the host of {url!r}: Host key verification failed"
        )
    if re.search(r"unadvertised object|not our ref|couldn't find remote ref", lower):
        return CommitRefused(f"the git remote {url!r} does not hand out what was asked for: {_fatal(said)}")
    if re.search(r"repository .*not found|does not appear to be a git repository|no such device", lower):
        return Failure(f"git repository not found: {url!r} ({_fatal(said)})")
    return Failure(f"git could not read {url!r}: {_fatal(said)}")


def _fatal(said: str) -> str:
    """The line that tells the cause; git adds advice after it."""
    lines = [line for line in said.splitlines() if line.startswith(("fatal:", "error:", "remote:", "ssh:"))]
    text = (lines or said.strip().splitlines() or ["no reason given"])[0]
    # "Connection refused" in git's words, "connection refused" in Go's: the engine's spelling is what callers know.
    return text.removeprefix("fatal: ").replace("Connection refused", "connection refused")
