"""The registry: what is at a tag, and pushing one index to it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import dagger
from dagger import dag

from pipeline.artifact import Pushed
from pipeline.errors import FORWARD_FIX, ImageTaken, Mismatch, NotAuthorized, PipelineError, RegistryUnavailable
from pipeline.image.published import REVISION, PublishedImage
from pipeline.runtime import limits, retry
from pipeline.runtime.concurrency import together
from pipeline.runtime.credentials import Credential
from pipeline.runtime.session import ask, first_line, fresh, read
from pipeline.tag import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Where images go: ``<prefix>/<service>``, and what opens it, if it needs opening."""

    prefix: str
    username: str
    credential: Credential

    def image(self, service: str) -> str:
        """A service's image, without a tag: ``ghcr.io/unkeyed/vault``."""
        return f"{self.prefix}/{service}"

    def reference(self, tag: Tag) -> str:
        """The image's name with its tag: ``ghcr.io/unkeyed/vault:v0.4.0``."""
        return f"{self.image(tag.service)}:{tag.image_tag}"

    def container(self, platform: str | None = None) -> dagger.Container:
        """An empty container that may speak to this registry."""
        container = dag.container(platform=dagger.Platform(platform)) if platform else dag.container()
        secret = self.credential.secret
        if secret is None:
            return container
        return container.with_registry_auth(self.prefix.partition("/")[0], self.username, secret)


async def find(registry: Registry, reference: str, platforms: Sequence[str], commit: str) -> PublishedImage | None:
    """The image that is at ``reference`` now, if it is this commit's for all ``platforms``; None if nothing is there.

    Raises `ImageTaken` when something else is there, `RegistryUnavailable` when that cannot be told for certain.
    """
    digest = await digest_of(registry, reference, platforms[0])
    if digest is None:
        return None
    revisions = await together([partial(_revision, registry, reference, digest, platform) for platform in platforms])
    for platform, revision in zip(platforms, revisions, strict=True):
        if revision != commit:
            raise _taken(reference, f"for {platform} an image of revision {revision or 'unknown'}, not {commit}")
    return PublishedImage(reference, digest)


async def push(
    registry: Registry, reference: str, variants: Sequence[dagger.Container], *, platforms: Sequence[str], commit: str
) -> Pushed[PublishedImage]:
    """Push one index of all platforms, unless this commit's image is there by now, and read it back.

    What the registry has afterwards is what counts: a run of the same tag elsewhere may have been first.
    Raises `ImageTaken`, `RegistryUnavailable`, or `Mismatch` when the read-back finds nothing.
    """
    sent = False

    async def push_once() -> PublishedImage | None:
        nonlocal sent
        if there := await find(registry, reference, platforms, commit):
            return there
        publish = registry.container().publish(reference, platform_variants=list(variants))
        sent = True
        address = await ask(
            lambda: publish,
            explain=lambda message: explain(reference, message),
            within=limits.current().registry_copy,
        )
        pushed = address.rpartition("@")[2]
        if await digest_of(registry, reference, platforms[0]) == pushed:
            return PublishedImage(reference, pushed)
        return await find(registry, reference, platforms, commit)

    # A push whose answer was lost may have been done: every further try looks first.
    pushed = await retry.again(push_once)
    if pushed is None:
        raise Mismatch(
            f"{reference} was pushed, but the registry says it is not there.",
            next="Run the same call again; if it stays so, look at the registry's retention rules.",
        )
    return Pushed(pushed, by_this_run=sent)


async def digest_of(registry: Registry, reference: str, platform: str) -> str | None:
    """What the tag names now, or None: read anew, and compared by digest only, since a session may name another
    repository that holds the same bytes.

    Raises `ImageTaken` where the index at the tag has nothing for ``platform``.
    """
    container = registry.container(platform).with_env_variable("READ", fresh()).from_(reference)

    def explain_absence(message: str) -> PipelineError:
        return _Absent(reference) if _is_absent(message) else _explain_platform(reference, platform, message)

    try:
        address = await read(container.image_ref, explain=explain_absence, within=limits.current().registry_read)
    except _Absent:
        return None
    return address.rpartition("@")[2]


async def _revision(registry: Registry, reference: str, digest: str, platform: str) -> str | None:
    pinned = f"{reference.rpartition(':')[0]}@{digest}"
    container = registry.container(platform).from_(pinned)
    # An image of one platform is handed out whatever platform was asked for.
    actual = await read(
        container.platform,
        explain=lambda message: _explain_platform(reference, platform, message),
        within=limits.current().registry_read,
    )
    if actual != platform:
        raise _taken(reference, f"an image for {actual}, not for {platform}")
    return await label(registry, pinned, platform, REVISION)


async def label(registry: Registry, reference: str, platform: str, name: str) -> str | None:
    """A label of one platform's image."""
    container = registry.container(platform).from_(reference)
    return await read(
        lambda: container.label(name),
        explain=lambda message: _explain_platform(reference, platform, message),
        within=limits.current().registry_read,
    )


class _Absent(PipelineError):
    """The registry is certain that nothing is there."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"{reference} is not there.", next="")


def _is_absent(message: str) -> bool:
    return message.rstrip(". ").lower().endswith(": not found")


def _taken(reference: str, found: str) -> ImageTaken:
    return ImageTaken(f"{reference} is taken: it holds {found}.", next=f"It is left as it is. {FORWARD_FIX}")


def _explain_platform(reference: str, platform: str, message: str) -> PipelineError:
    if "no manifest" in message or "no match for platform" in message:
        return _taken(reference, f"an image without {platform}")
    return explain(reference, message)


def explain(reference: str, message: str) -> PipelineError:
    """What a session said about an image in a registry, as an error that names the registry."""
    host, words = reference.partition("/")[0], message.lower()
    said = first_line(message)
    # Whole words: a digest may well have 401 in it.
    if re.search(r"\b(401|403|unauthorized|forbidden|denied|authorization failed)\b", words):
        return NotAuthorized(
            f"The registry {host} did not let the pipeline in for {reference}: {said}.",
            next="Pass a token that may: --registry-token env://NAME, and --registry-username if it matters.",
        )
    if "secret" in words and "not found" in words:
        return NotAuthorized(
            f"The registry token is not there: {said}.", next="Set the variable that --registry-token names."
        )
    return RegistryUnavailable(
        f"The registry {host} did not answer for {reference}: {said}.",
        next="Check the address and the registry's state, then run the same call again.",
        passing=True,
    )
