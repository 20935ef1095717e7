"""Secrets for a build's ``RUN --mount=type=secret``, which buildah takes from its environment."""

from collections.abc import Sequence

from pipeline.local.failure import Failure
from pipeline.local.secret import Secret


async def mounts(secrets: Sequence[Secret]) -> tuple[list[str], dict[str, str]]:
    """The buildah arguments that mount each secret under its name, and the environment they need."""
    arguments: list[str] = []
    environment: dict[str, str] = {}
    for number, secret in enumerate(secrets):
        variable = f"PIPELINE_BUILD_SECRET_{number}"
        environment[variable] = await secret.plaintext()
        arguments.append(f"--secret=id={_name(secret)},env={variable}")
    return arguments, environment


def _name(secret: Secret) -> str:
    if not secret.name or "," in secret.name:
        raise Failure("a build secret needs a name without commas; make it with set_secret(name, value)")
    return secret.name
