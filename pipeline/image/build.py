"""Building an image: the arguments, the labels, and one container per platform."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import PurePosixPath

import dagger
from dagger import dag

from pipeline.catalogue import Service
from pipeline.errors import BuildFailed, PipelineError
from pipeline.image import bases
from pipeline.image.dockerfile import Dockerfile
from pipeline.image.platform import on_platform
from pipeline.image.registry import explain
from pipeline.runtime import limits, retry
from pipeline.runtime.concurrency import together
from pipeline.runtime.session import ask, first_line, read
from pipeline.tag import Tag


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
class Context:
    """What the builder gets: a folder, the Dockerfile's path in it, and what that says."""

    folder: dagger.Directory
    path: str
    dockerfile: Dockerfile


async def build(tree: dagger.Directory, build: Build) -> list[dagger.Container]:
    """The service's image for each of its platforms, all built at once.

    Raises `BuildFailed` with the end of the build's output.
    """
    text = await read(
        tree.file(build.service.table.dockerfile).contents,
        explain=lambda message: _no_dockerfile(build, message),
        within=limits.current().git_fetch,
    )
    context = _context(tree, build.service, text)
    builder = await ask(dag.default_platform, explain=lambda message: explain_failure(build, "any platform", message))
    return await retry.again(partial(_build_all, context, build, builder))


async def _build_all(context: Context, build: Build, builder: str) -> list[dagger.Container]:
    """A container per platform, labelled with the base images, which must be the same before and after."""
    platforms = build.service.platforms
    arguments = build.arguments() | _build_platform(builder)
    names = context.dockerfile.bases(arguments)
    based_on = await bases.resolve(names, [builder, *platforms])
    one = partial(_build_for, context, build, arguments)
    variants = await together([partial(one, platform) for platform in platforms])
    bases.check_unmoved(based_on, await bases.resolve(names, [builder, *platforms]))
    return [variant.with_label(bases.LABEL, bases.as_label(based_on)) for variant in variants]


async def _build_for(context: Context, build: Build, arguments: dict[str, str], platform: str) -> dagger.Container:
    container = context.folder.docker_build(
        dockerfile=context.path,
        platform=dagger.Platform(platform),
        build_args=[dagger.BuildArg(name, value) for name, value in arguments.items()],
        target=build.service.table.target,
    )
    container = await _built(container, build, platform)
    container = await on_platform(
        container, platform, explain=lambda message: explain_failure(build, platform, message)
    )
    container = await _without_arguments(container, context.dockerfile, build, arguments, platform)
    for key, value in build.labels().items():
        container = container.with_label(key, value)
    return container


async def _without_arguments(
    container: dagger.Container, dockerfile: Dockerfile, build: Build, arguments: dict[str, str], platform: str
) -> dagger.Container:
    """The container without the build arguments that a Dagger engine leaves in its environment."""
    target = build.service.table.target
    left = dockerfile.arguments_only(target) & (await _environment(container, build, platform)).keys()
    if not left:
        return container
    base = dockerfile.base(target, arguments)
    inherited: dict[str, str] = {}
    if base:
        pulled = dag.container(platform=dagger.Platform(platform)).from_(base)
        inherited = await _environment(pulled, build, platform)
    for name in sorted(left):
        # A base image may set a variable that is named like an argument: then the base's value stays.
        if name in inherited:
            container = container.with_env_variable(name, inherited[name])
        else:
            container = container.without_env_variable(name)
    return container


async def _environment(container: dagger.Container, build: Build, platform: str) -> dict[str, str]:
    variables = await ask(container.env_variables, explain=lambda m: explain_failure(build, platform, m))
    return {await variable.name(): await variable.value() for variable in variables}


async def _built(container: dagger.Container, build: Build, platform: str) -> dagger.Container:
    """The container, with everything in it really run: a session is lazy."""
    try:
        return await ask(
            container.sync,
            explain=lambda message: explain_failure(build, platform, message),
            within=limits.current().build,
        )
    except dagger.ExecError as error:
        raise _step_failed(build, platform, error) from error


def _build_platform(builder: str) -> dict[str, str]:
    """The predefined arguments that say where the build runs (https://docs.docker.com/build/building/multi-platform/).

    A Dagger engine sets them to the target's platform, which would make cross-compiling stages run emulated.
    """
    os, architecture, *variant = builder.split("/")
    given = {"BUILDPLATFORM": builder, "BUILDOS": os, "BUILDARCH": architecture, "BUILDVARIANT": "".join(variant)}
    return {key: value for key, value in given.items() if value}


def _context(tree: dagger.Directory, service: Service, text: str) -> Context:
    folder, path = PurePosixPath(service.table.context), PurePosixPath(service.table.dockerfile)
    dockerfile = Dockerfile.parse(text)
    if folder == PurePosixPath("."):
        return Context(tree, str(path), dockerfile)
    if path.is_relative_to(folder):
        return Context(tree.directory(str(folder)), str(path.relative_to(folder)), dockerfile)
    # A Dockerfile must be in its context for a Dagger engine.
    name = f".{path.name}.pipeline"
    return Context(tree.directory(str(folder)).with_new_file(name, text), name, dockerfile)


def _no_dockerfile(build: Build, message: str) -> BuildFailed:
    return BuildFailed(
        f"{build.tag} has no {build.service.table.dockerfile} at {build.commit[:12]}: {first_line(message)}.",
        next=f"Name the right one in services.toml, [services.{build.service.name}] dockerfile = …",
    )


MEND = "Mend it and rehearse it: --dry-run. A tag that is pushed already needs a new version on the mended commit."

_LACKING = re.compile(r"(.* (?:does not know|cannot start))[;:] (.*)", re.DOTALL)
"""What a builder says of the machine and not of the Dockerfile, with the remedy behind it."""

_PULLING = re.compile(
    r"base image|source metadata|(reading|fetching) (blob|manifest)|copying system image|pinging container registry"
    r"|initializing source|failed to (copy:|do request)|httpreadseeker|unexpected status|unable to copy from source",
    re.IGNORECASE,
)
"""What a build says that did not get as far as the Dockerfile's own commands, because a registry failed it."""


def explain_failure(build: Build, platform: str, message: str) -> PipelineError:
    """What a session said of a build, as an error: a registry's, the Dockerfile's or the machine's."""
    if _PULLING.search(message):
        return explain(_image_in(message), message)
    what, remedy = message.rstrip("."), MEND
    if lacking := _LACKING.fullmatch(what):
        what, remedy = lacking[1], f"{lacking[2][:1].upper()}{lacking[2][1:]}."
    return BuildFailed(f"{build.service.table.dockerfile} does not build for {platform}: {what}.", next=remedy)


def _image_in(message: str) -> str:
    """The image that a message is about, as far as it says."""
    named = re.search(r"(?:docker://)?([\w.-]+(?:[.:][\w.-]+)*/[\w./-]+(?::[\w.-]+)?)(@sha256:|:|\s|$)", message)
    return named[1] if named else "a base image"


def _step_failed(build: Build, platform: str, error: dagger.ExecError) -> BuildFailed:
    output = "\n".join(f"    {line}" for line in (error.stderr or error.stdout).strip().splitlines()[-20:])
    return BuildFailed(
        f"{build.service.table.dockerfile} does not build for {platform}: {' '.join(error.command)!r} ended with "
        f"exit code {error.exit_code}.\n{output}",
        next=MEND,
    )
