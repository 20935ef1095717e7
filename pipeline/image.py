"""The image: built per platform, found in a registry, pushed as one index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath

import dagger
from dagger import dag

from pipeline.catalogue import Service
from pipeline.concurrency import together
from pipeline.credentials import Credential
from pipeline.dockerfile import Dockerfile
from pipeline.errors import BuildFailed, ImageTaken, Mismatch, NotAuthorized, PipelineError, RegistryUnavailable
from pipeline.session import ask, first_line, fresh, read
from pipeline.source import FORWARD_FIX
from pipeline.tag import Tag

REVISION = "org.opencontainers.image.revision"
"""The label that says which commit an image was built from
(https://github.com/opencontainers/image-spec/blob/main/annotations.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Where images go: ``<prefix>/<service>``, and what opens it, if it needs opening."""

    prefix: str
    username: str
    credential: Credential

    def reference(self, tag: Tag) -> str:
        """The image's name with its tag: ``ghcr.io/unkeyed/vault:v0.4.0``."""
        return f"{self.prefix}/{tag.service}:{tag.image_tag}"

    def container(self, platform: str | None = None) -> dagger.Container:
        """An empty container that may speak to this registry."""
        container = dag.container(platform=dagger.Platform(platform)) if platform else dag.container()
        secret = self.credential.secret
        if secret is None:
            return container
        return container.with_registry_auth(self.prefix.partition("/")[0], self.username, secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What goes into an image besides the tree: the service, the release, and where and when it was committed."""

    service: Service
    tag: Tag
    repository_url: str
    commit: str
    committed: datetime

    @property
    def created(self) -> str:
        """The commit's own time, RFC 3339, in UTC."""
        return self.committed.strftime("%Y-%m-%dT%H:%M:%SZ")

    def arguments(self) -> dict[str, str]:
        """The build arguments; SOURCE_DATE_EPOCH is what makes image times the commit's
        (https://docs.docker.com/build/ci/github-actions/reproducible-builds/).
        """
        return {
            **self.service.table.build_args,
            "SERVICE": self.service.name,
            "VERSION": str(self.tag.version),
            "REVISION": self.commit,
            "CREATED": self.created,
            "SOURCE_DATE_EPOCH": str(int(self.committed.timestamp())),
        }

    def labels(self) -> dict[str, str]:
        """The image's labels; ``source`` links a GHCR package to its repository
        (https://docs.github.com/packages/learn-github-packages/connecting-a-repository-to-a-package).
        """
        standard = {
            "source": self.repository_url,
            "revision": self.commit,
            "version": str(self.tag.version),
            "created": self.created,
            "title": self.service.name,
        }
        return self.service.table.labels | {f"org.opencontainers.image.{key}": value for key, value in standard.items()}


@dataclass(frozen=True, slots=True)
class Published:
    """An image in the registry: its reference and the digest of what the tag names."""

    reference: str
    digest: str


async def build(tree: dagger.Directory, build: Build) -> list[dagger.Container]:
    """The service's image for each of its platforms, all built at once.

    Raises `BuildFailed` with the end of the build's output.
    """
    text = await ask(tree.file(build.service.table.dockerfile).contents, explain=lambda m: _no_dockerfile(build, m))
    context, name = _context(tree, build.service, text)
    dockerfile = Dockerfile.parse(text)
    one = partial(_build_for, context, name, dockerfile, build)
    return await together([partial(one, platform) for platform in build.service.platforms])


async def find(registry: Registry, reference: str, platforms: Sequence[str], commit: str) -> Published | None:
    """The image that is at ``reference`` now, if it is this commit's for all ``platforms``; None if nothing is there.

    Raises `ImageTaken` when something else is there, `RegistryUnavailable` when that cannot be told for certain.
    """
    digest = await _digest(registry, reference)
    if digest is None:
        return None
    pinned = f"{reference.rpartition(':')[0]}@{digest}"
    revisions = await together([partial(_revision, registry, pinned, platform) for platform in platforms])
    for platform, revision in zip(platforms, revisions, strict=True):
        if revision != commit:
            raise _taken(reference, f"for {platform} an image of revision {revision or 'unknown'}, not {commit}")
    return Published(reference, digest)


async def push(registry: Registry, reference: str, variants: Sequence[dagger.Container], build: Build) -> Published:
    """Push one index of all platforms, unless this commit's image is there by now, and read it back.

    What the registry has afterwards is what counts: a run of the same tag elsewhere may have been first.
    Raises `ImageTaken`, `RegistryUnavailable`, or `Mismatch` when the read-back finds nothing.
    """
    platforms = build.service.platforms
    if there := await find(registry, reference, platforms, build.commit):
        return there
    publish = registry.container().publish(reference, platform_variants=list(variants))
    await ask(lambda: publish, explain=lambda message: _explain(reference, message))
    pushed = await find(registry, reference, platforms, build.commit)
    if pushed is None:
        raise Mismatch(
            f"{reference} was pushed, but the registry says it is not there.",
            next="Run the same call again; if it stays so, look at the registry's retention rules.",
        )
    return pushed


async def _build_for(
    context: dagger.Directory, name: str, dockerfile: Dockerfile, build: Build, platform: str
) -> dagger.Container:
    target = build.service.table.target
    container = context.docker_build(
        dockerfile=name,
        platform=dagger.Platform(platform),
        build_args=[dagger.BuildArg(key, value) for key, value in build.arguments().items()],
        target=target,
    )
    try:
        names = [
            await v.name() for v in await ask(container.env_variables, explain=lambda m: _failed(build, platform, m))
        ]
    except dagger.ExecError as error:
        raise _step_failed(build, platform, error) from error
    for argument in dockerfile.arguments_only(target) & frozenset(names):
        container = container.without_env_variable(argument)
    for key, value in build.labels().items():
        container = container.with_label(key, value)
    return container


def _context(tree: dagger.Directory, service: Service, dockerfile: str) -> tuple[dagger.Directory, str]:
    """The build's context, and the Dockerfile's path inside it."""
    folder, path = PurePosixPath(service.table.context), PurePosixPath(service.table.dockerfile)
    if folder == PurePosixPath("."):
        return tree, str(path)
    context = tree.directory(str(folder))
    if path.is_relative_to(folder):
        return context, str(path.relative_to(folder))
    return context.with_new_file(f".{path.name}.pipeline", dockerfile), f".{path.name}.pipeline"


async def _digest(registry: Registry, reference: str) -> str | None:
    """What the tag names now: read anew, and compared by digest only, since a session may name another
    repository that holds the same bytes.
    """
    container = registry.container().with_env_variable("READ", fresh()).from_(reference)

    def explain(message: str) -> PipelineError:
        return _Absent(reference) if _is_absent(message) else _explain(reference, message)

    try:
        address = await read(container.image_ref, explain=explain)
    except _Absent:
        return None
    return address.rpartition("@")[2]


async def _revision(registry: Registry, reference: str, platform: str) -> str | None:
    container = registry.container(platform).from_(reference)
    return await read(lambda: container.label(REVISION), explain=lambda m: _explain_platform(reference, platform, m))


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
    return _explain(reference, message)


def _explain(reference: str, message: str) -> PipelineError:
    host, words = reference.partition("/")[0], message.lower()
    said = first_line(message)
    if any(word in words for word in ("401", "403", "unauthorized", "forbidden", "denied", "authorization failed")):
        return NotAuthorized(
            f"The registry {host} did not let the pipeline in for {reference}: {said}.",
            next="Pass a token that may push there: --registry-token env://NAME, and --registry-username if it matters.",
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


def _no_dockerfile(build: Build, message: str) -> BuildFailed:
    return BuildFailed(
        f"{build.tag} has no {build.service.table.dockerfile} at {build.commit[:12]}: {first_line(message)}.",
        next=f"Name the right one in services.toml, [services.{build.service.name}] dockerfile = …",
    )


def _failed(build: Build, platform: str, message: str) -> BuildFailed:
    return BuildFailed(
        f"{build.service.table.dockerfile} does not build for {platform}: {message}",
        next="Mend it on main, then tag the mended commit with a new version.",
    )


def _step_failed(build: Build, platform: str, error: dagger.ExecError) -> BuildFailed:
    output = "\n".join(f"    {line}" for line in (error.stderr or error.stdout).strip().splitlines()[-20:])
    return BuildFailed(
        f"{build.service.table.dockerfile} does not build for {platform}: {' '.join(error.command)!r} ended with "
        f"exit code {error.exit_code}.\n{output}",
        next="Mend it on main, then tag the mended commit with a new version.",
    )
