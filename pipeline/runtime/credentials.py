"""Credentials: secrets that stay secrets, and why one is missing."""

from dataclasses import dataclass

import dagger
from dagger import dag

from pipeline.errors import NotAuthorized
from pipeline.runtime.session import first_line, fresh


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that has a value, or the reason why there is none, and the variable that would hold it."""

    secret: dagger.Secret | None
    missing: str = ""
    variable: str = ""

    @classmethod
    async def of(cls, secret: dagger.Secret | None) -> "Credential":
        """Look whether a secret has a value.

        A reference such as ``env://GITHUB_TOKEN`` may name a variable that is not set, which a session says only
        when the secret is used; a credential that is not there must not stop a rehearsal. Raises `NotAuthorized` for
        a file or a command that gives none: those are named on purpose.
        """
        if secret is None:
            return cls(None, "none was passed")
        try:
            value = await secret.plaintext()
        except dagger.QueryError as error:
            return await cls._absent(secret, first_line(str(error)))
        if not value.strip():
            return await cls._absent(secret, "it is empty")
        # A file or a command's output ends with a line end, which no header may have in it.
        return cls(secret if value == value.strip() else dag.set_secret(fresh(), value.strip()))

    @classmethod
    async def _absent(cls, secret: dagger.Secret, reason: str) -> "Credential":
        reference = await secret.uri()
        scheme, _, name = reference.partition("://")
        if scheme == "env":
            return cls(None, f"{name} is not set", name)
        raise NotAuthorized(
            f"The secret {scheme}://… cannot be read: {reason}.", next="Check the reference that was passed."
        )

    def next_step(self, flag: str) -> str:
        """How to pass what is missing."""
        return f"Set it: export {self.variable}=…" if self.variable else f"Pass one: {flag} env://NAME."
