"""Requests that can be called off: a thread cannot be cancelled, but it can be kept from asking anything more."""

from threading import Event
from typing import Any

from github import Auth

from pipeline.errors import Interrupted


class StoppableAuth(Auth.Auth):
    """A token, or none, that stops to be one: PyGithub asks for it ahead of every request it sends."""

    def __init__(self, token: str | None, stopped: Event) -> None:
        self._token = token
        self._stopped = stopped

    @property
    def token_type(self) -> str:
        """How the header calls it."""
        return "token"

    @property
    def token(self) -> str:
        """The token itself."""
        return self._token or ""

    def authentication(self, headers: dict[str, Any]) -> None:
        """Add the token to a request's headers. Raises `Interrupted` once the caller is gone."""
        if self._stopped.is_set():
            raise Interrupted("The run was stopped before this request.", next="Run the same call again.")
        if self._token:
            super().authentication(headers)
