"""Calling the GitHub REST API: who calls, how long it may take, what may be tried again, and what went wrong."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import anyio

from pipeline.errors import (
    FORWARD_FIX,
    EngineUnavailable,
    GithubUnavailable,
    NotAuthorized,
    PipelineError,
    ReleaseTaken,
)
from pipeline.runtime import limits, retry
from pipeline.runtime.credentials import Credential
from pipeline.runtime.once import Lately
from pipeline.runtime.session import ask, first_line

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.Repository import Repository

T = TypeVar("T")

SECONDARY_WAIT = 60.0
"""Seconds that GitHub wants between tries when a secondary rate limit names no time."""

TOKEN_KEPT = 60.0
"""Seconds: what a command gives, or a file that others write, may be another token before a long run ends."""

PUBLIC_API = "https://api.github.com"

USER_AGENT = "pipeline"
"""GitHub wants one (https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Github:
    """Which GitHub, which repository, and with which token, if any."""

    api: str
    repository: str
    credential: Credential
    _token: Lately[str | None] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_token", Lately(self._plaintext, seconds=TOKEN_KEPT))

    @property
    def web(self) -> str:
        """The repository's page: on github.com, on the enterprise's own ghe.com, or on the API's host."""
        api = self.api.rstrip("/")
        if api == PUBLIC_API or api.endswith(".ghe.com"):
            return f"{api.replace('//api.', '//', 1)}/{self.repository}"
        return f"{api.removesuffix('/api/v3')}/{self.repository}"

    def credential_for(self, url: str) -> Credential:
        """What opens a git URL: the same credential, but only on this GitHub's own host."""
        if urlsplit(url).hostname == urlsplit(self.web).hostname:
            return self.credential
        return Credential(None, f"the GitHub token is not shown to {urlsplit(url).hostname}")

    async def made_ready(self) -> None:
        """Have PyGithub imported, which takes longer than a request: what asks GitHub soon afterwards need not wait."""
        await anyio.to_thread.run_sync(importlib.import_module, "github.Repository", abandon_on_cancel=True)

    async def call(self, work: Callable[["Repository"], T]) -> T:
        """Do some work with the repository in a thread, again after a passing fault.

        ``work`` must be safe to repeat: what changes something looks first whether it is done already. When the
        caller is cancelled, no further request is sent. Raises `GithubUnavailable`, `NotAuthorized`, or what
        ``work`` raises itself.
        """
        token = await self._token()
        stopped = Event()

        def patiently() -> T:
            # In the thread, as it imports PyGithub.
            repository = self._connect(token, stopped)
            return retry.again_in_thread(lambda: self._explained(repository, work), stopped)

        try:
            return await anyio.to_thread.run_sync(patiently, abandon_on_cancel=True)
        finally:
            stopped.set()

    async def _plaintext(self) -> str | None:
        secret = self.credential.secret
        return None if secret is None else await ask(secret.plaintext, explain=_no_token)

    def _connect(self, token: str | None, stopped: Event) -> "Repository":
        from github.Repository import Repository

        from pipeline.github.requester import GithubRequester
        from pipeline.github.stoppable import StoppableAuth

        requester = GithubRequester(
            auth=StoppableAuth(token, stopped),
            base_url=self.api.rstrip("/"),
            timeout=limits.current().github_request,
            user_agent=USER_AGENT,
            per_page=100,
            verify=True,
            retry=None,
            pool_size=None,
            lazy=True,
        )
        return Repository(requester, url=f"/repos/{self.repository}")

    def _explained(self, repository: "Repository", work: Callable[["Repository"], T]) -> T:
        import requests
        from github import GithubException

        try:
            return work(repository)
        except GithubException as error:
            raise self._explain(error) from error
        except (requests.RequestException, ValueError) as error:
            raise GithubUnavailable(
                f"GitHub at {self.api} did not answer: {_reason(error)}.",
                next="Check the address and https://www.githubstatus.com, then run the same call again.",
                passing=True,
            ) from error

    def _explain(self, error: "GithubException") -> PipelineError:
        said = _said(error)
        seconds = _asked_to_wait(error)
        if seconds is not None:
            return GithubUnavailable(
                f"GitHub at {self.api} asks to wait {seconds:.0f} seconds: {said}.",
                next="Run the same call again after that: it does only what is missing.",
                passing=seconds <= limits.current().patience,
                wait=seconds,
            )
        if error.status == 401:
            return NotAuthorized(
                f"GitHub at {self.api} does not accept the token: {said}.",
                next="Pass a valid one: --github-token env://GITHUB_TOKEN.",
            )
        if error.status in (403, 404):
            return self._not_let_in(f"({error.status}): {said}.")
        if error.status == 422:
            return self._not_taken(said)
        return GithubUnavailable(
            f"GitHub at {self.api} answered {error.status}: {said}.",
            next="See https://www.githubstatus.com, then run the same call again: it does only what is missing.",
            passing=error.status >= 500 or error.status == 429,
        )

    def _not_taken(self, said: str) -> PipelineError:
        """GitHub does not take what it was sent, however often that is (HTTP 422); a tag whose immutable release was
        deleted has none again (https://docs.github.com/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases).
        """
        if "immutable" in said:
            return ReleaseTaken(
                f"GitHub at {self.api} makes no release of this tag any more: {said}.", next=FORWARD_FIX
            )
        return GithubUnavailable(
            f"GitHub at {self.api} does not take this for {self.repository} (422): {said}.",
            next="Mend what it names, then run the same call again: it does only what is missing.",
        )

    def _not_let_in(self, answer: str) -> NotAuthorized:
        """GitHub says of what it does not show that it is not there, so that both may be so."""
        if self.credential.secret is None:
            return NotAuthorized(
                f"GitHub at {self.api} does not let anybody do this with {self.repository} without a token {answer}",
                next=f"{self.credential.next_step()} Or check `repository` in services.toml.",
            )
        return NotAuthorized(
            f"The GitHub token may not do this with {self.repository} {answer}",
            next="Give it read and write access to that repository's contents (contents: write), or check `repository` "
            "in services.toml.",
        )


def _asked_to_wait(error: "GithubException") -> float | None:
    """How many seconds a rate limit asks for; None for every other answer
    (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit).
    """
    headers = {key.lower(): value for key, value in (error.headers or {}).items()}
    if error.status not in (403, 429, 503):
        return None
    if after := headers.get("retry-after"):
        return retry.asked_to_wait(after)
    if headers.get("x-ratelimit-remaining") == "0" and (reset := headers.get("x-ratelimit-reset")):
        return max(1.0, float(reset) - datetime.now(UTC).timestamp())
    return SECONDARY_WAIT if "secondary rate limit" in _said(error) else None


def _said(error: "GithubException") -> str:
    data = error.data if isinstance(error.data, dict) else {}
    details = [str(e.get("message") or e.get("code")) for e in data.get("errors", []) if isinstance(e, dict)]
    message = str(data.get("message") or error.message or "no message").strip().rstrip(".")
    return ", ".join([first_line(message), *details])


def _reason(error: Exception) -> str:
    """The innermost reason, without the objects that urllib3 wraps around it."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return first_line(str(inner).rpartition(": ")[2] or type(inner).__name__)


def _no_token(message: str) -> PipelineError:
    if "not found" in message or "not set" in message:
        return NotAuthorized(
            f"The GitHub token is not there: {first_line(message)}.", next="Set the variable that --github-token names."
        )
    return EngineUnavailable(f"The GitHub token cannot be read: {first_line(message)}.", next="Check --github-token.")
