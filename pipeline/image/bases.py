"""The images that a Dockerfile starts from: what they are when it is built, kept as a label of what is built."""

from collections.abc import Mapping, Sequence
from functools import partial

import dagger
from dagger import dag

from pipeline.errors import BuildFailed, PipelineError
from pipeline.image import registry
from pipeline.runtime import limits
from pipeline.runtime.concurrency import together
from pipeline.runtime.session import fresh, read

LABEL = "pipeline.release.bases"
"""Names and index digests, ``golang:1.26@sha256:…``, with spaces between. The keys that the OCI image specification
has for this (``org.opencontainers.image.base.*``) hold one image only, and a Dockerfile may start from several.
"""


async def resolve(names: Sequence[str], platforms: Sequence[str]) -> dict[str, str]:
    """The digest that each base image has now; every one is there for at least one of ``platforms``.

    Raises `BuildFailed` for one that is not there, `NotAuthorized` or `RegistryUnavailable` when that cannot be told.
    """
    digests = await together([partial(_digest, name, platforms) for name in names])
    return dict(zip(names, digests, strict=True))


def check_unmoved(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Raise `BuildFailed` when a base image was replaced between two looks.

    No passing fault: what the session has built it would not build again.
    """
    for name, digest in before.items():
        if after[name] != digest:
            raise BuildFailed(
                f"The base image {name} moved from {digest} to {after[name]} during the build.",
                next="Run the same call again.",
            )


def as_label(digests: Mapping[str, str]) -> str:
    """The label's value."""
    return " ".join(f"{name.partition('@')[0]}@{digest}" for name, digest in sorted(digests.items()))


def from_label(value: str | None) -> dict[str, str]:
    """What the label says; nothing where an image does not have it."""
    pairs = [word.rpartition("@") for word in (value or "").split()]
    return {name: digest for name, _, digest in pairs}


async def _digest(name: str, platforms: Sequence[str]) -> str:
    if "@" in name:
        return name.rpartition("@")[2]
    for platform in platforms[:-1]:
        try:
            return await _read(name, platform)
        except _OtherPlatform:
            continue
    return await _read(name, platforms[-1])


async def _read(name: str, platform: str) -> str:
    container = dag.container(platform=dagger.Platform(platform)).with_env_variable("READ", fresh()).from_(name)
    address = await read(
        container.image_ref, explain=lambda message: explain(name, message), within=limits.current().registry_read
    )
    return address.rpartition("@")[2]


class _OtherPlatform(BuildFailed):
    """The base image is there, but not for this platform."""


def explain(name: str, message: str) -> PipelineError:
    """What a session said of an image that a build starts from, or takes files from, as an error."""
    if "no manifest" in message or "no match for platform" in message:
        return _OtherPlatform(
            f"The base image {name} is not there for a platform of this build: {message}.",
            next="Build on an image that has the service's platforms.",
        )
    if message.rstrip(". ").lower().endswith(": not found") or "invalid reference" in message:
        return BuildFailed(
            f"The base image {name} is not there: {message}.",
            next="Name one in the Dockerfile that is. A tag that is pushed already needs a new version on that commit.",
        )
    return registry.explain(name, message)
