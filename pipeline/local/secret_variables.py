"""Secrets that a command sees as variables, which buildah takes from its own environment.

``buildah run`` takes variables from its arguments alone, so for as long as the command runs the working container has
them: ``buildah config --env NAME`` reads the value where none is written (buildah-config(1)).
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pipeline.local import tools
from pipeline.local.builder import Builder
from pipeline.local.failure import Failure
from pipeline.local.secret import Secret

HIDDEN = "***"
"""What a Dagger engine shows in a secret's place when a command prints it."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


async def revealed(secrets: Mapping[str, Secret]) -> dict[str, str]:
    """The values by variable. Raises `Failure` for a name that would mean something else to buildah."""
    if wrong := next((name for name in secrets if not _NAME.fullmatch(name)), None):
        raise Failure(f"{wrong!r} cannot be the name of a secret variable; use letters, digits and underscores")
    return {name: await secret.plaintext() for name, secret in secrets.items()}


@asynccontextmanager
async def known_to(builder: Builder, container: str, values: Mapping[str, str]) -> AsyncIterator[None]:
    """Let a working container have these variables inside the context; one that fails in it has to be discarded."""
    if not values:
        yield
        return
    await _configure(builder, [*(f"--env={name}" for name in values), container], values)
    yield
    await _configure(builder, [*(f"--env={name}-" for name in values), container], {})


def hidden(text: str, values: Mapping[str, str]) -> str:
    """The text without any line of a secret in it, the longest first."""
    lines = {line.strip() for value in values.values() for line in value.splitlines()}
    for line in sorted(filter(None, lines), key=len, reverse=True):
        text = text.replace(line, HIDDEN)
    return text


async def _configure(builder: Builder, arguments: list[str], values: Mapping[str, str]) -> None:
    completed = await builder.run(["config", *arguments], env=values)
    if completed.returncode:
        raise Failure(f"buildah config failed: {tools.last_line(completed)}")
