"""Secrets for a build's ``RUN --mount=type=secret``: in memory, readable for buildah alone, gone with the build."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager

from pipeline.local.failure import Failure
from pipeline.local.secret import Secret


@asynccontextmanager
async def mounts(secrets: Sequence[Secret]) -> AsyncIterator[list[str]]:
    """The buildah arguments that mount each secret under its name, valid inside the context."""
    with ExitStack() as stack:
        arguments: list[str] = []
        for secret in secrets:
            descriptor = os.memfd_create("secret")
            stack.callback(os.close, descriptor)
            os.write(descriptor, (await secret.plaintext()).encode())
            # By this process's ID, not "self": it is buildah that opens it.
            arguments.append(f"--secret=id={_name(secret)},src=/proc/{os.getpid()}/fd/{descriptor}")
        yield arguments


def _name(secret: Secret) -> str:
    if not secret.name or "," in secret.name:
        raise Failure("a build secret needs a name without commas; make it with set_secret(name, value)")
    return secret.name
