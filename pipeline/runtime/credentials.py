"""Credentials: secrets that stay secrets, and why one is missing."""

from dataclasses import dataclass

import dagger
from dagger import dag

from pipeline.runtime.session import first_line, fresh


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret that has a value, or the reason why there is none."""

    secret: dagger.Secret | None
    missing: str = ""

    @classmethod
    async def of(cls, secret: dagger.Secret | None) -> "Credential":
        """Look whether a secret has a value.

        A reference such as ``env://GITHUB_TOKEN`` may name a variable that is not set, which a session says only
        when the secret is used; a credential that is not there must not stop a rehearsal.
        """
        if secret is None:
            return cls(None, "none was passed")
        try:
            value = await secret.plaintext()
        except dagger.QueryError as error:
            return cls(None, first_line(str(error)))
        if not value.strip():
            return cls(None, "it is empty")
        # A file or a command's output ends with a line end, which no header may have in it.
        return cls(secret if value == value.strip() else dag.set_secret(fresh(), value.strip()))
