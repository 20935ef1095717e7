"""Credentials: secrets that stay secrets, and why one is missing."""

from dataclasses import dataclass

import dagger
from dagger import dag

from pipeline.errors import NotAuthorized
from pipeline.runtime.session import first_line, fresh


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that has a value, or the reason why there is none.

    ``flag`` is how a person passes it, ``variable`` the environment variable that would hold it, if it is one.
    """

    secret: dagger.Secret | None
    missing: str = ""
    flag: str = ""
    variable: str = ""

    @classmethod
    async def of(cls, secret: dagger.Secret | None, *, flag: str) -> "Credential":
        """Look whether a secret has a value.

        A reference such as ``env://GITHUB_TOKEN`` may name a variable that is not set, which a session says only
        when the secret is used; a credential that is not there must not stop a rehearsal. Raises `NotAuthorized` for
        a file or a command that gives none: those are named on purpose.
        """
        if secret is None:
            return cls(None, "none was passed", flag)
        try:
            value = await secret.plaintext()
        except dagger.QueryError as error:
            return await cls._unreadable(secret, flag, first_line(str(error)))
        if not value.strip():
            return cls(None, "it is empty", flag)
        # A file or a command's output ends with a line end, which no header may have in it.
        return cls(secret if value == value.strip() else dag.set_secret(fresh(), value.strip()), flag=flag)

    @classmethod
    async def _unreadable(cls, secret: dagger.Secret, flag: str, reason: str) -> "Credential":
        scheme, _, name = (await secret.uri()).partition("://")
        if scheme == "env":
            return cls(None, f"{name} is not set", flag, name)
        raise NotAuthorized(
            f"The secret of {flag} cannot be read: {reason}.", next=f"Mend it, or pass another: {flag} env://NAME."
        )

    def next_step(self) -> str:
        """How to pass what is missing."""
        if self.variable:
            return f"Set it: export {self.variable}=…; or pass another: {self.flag} env://NAME."
        return f"Pass one: {self.flag} env://NAME."
