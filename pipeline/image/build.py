"""Building an image: one container per platform, labelled, and with nothing in it that depends on who built it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import dagger
from dagger import dag

from pipeline.dockerfile.stages import Dockerfile
from pipeline.dockerfile.variables import automatic
from pipeline.image import bases, dockerfile
from pipeline.image.inputs import Build, Context
from pipeline.image.platform import on_platform
from pipeline.image.told import explain_failure, step_failed
from pipeline.runtime import limits, retry
from pipeline.runtime.concurrency import together
from pipeline.runtime.session import ask


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """A container per platform, and what went into them."""

    variants: list[dagger.Container]
    build: Build


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedImage:
    """What an image is built from: its inputs, the builder's own platform, and the base images' digests by name.

    ``arguments`` are the build's, and ``reads`` is the Dockerfile as it reads for each platform.
    """

    context: Context
    inputs: Build
    builder: str
    arguments: Mapping[str, str]
    reads: Mapping[str, Dockerfile]
    based_on: Mapping[str, str]

    @classmethod
    async def of(cls, context: Context, inputs: Build) -> "PreparedImage":
        """Read the Dockerfile, and look which base images there are. Raises `BuildFailed` for one that is not there."""
        builder = await ask(
            dag.default_platform, explain=lambda message: explain_failure(inputs, "any platform", message)
        )
        platforms = inputs.service.platforms
        arguments = inputs.arguments() | _build_platform(builder)
        reads = {platform: _read(context, arguments, platform) for platform in platforms}
        names = {name: None for read in reads.values() for name in dockerfile.bases(read, inputs.service.table.target)}
        return cls(
            context=context,
            inputs=inputs,
            builder=builder,
            arguments=arguments,
            reads=reads,
            based_on=await bases.resolve(list(names), [builder, *platforms]),
        )

    async def build(self) -> BuiltImage:
        """The service's image for each of its platforms, all built at once.

        Raises `BuildFailed` with the end of the build's output.
        """
        return BuiltImage(await retry.again(self._all), self.inputs)

    async def _all(self) -> list[dagger.Container]:
        """A container per platform, labelled with the base images, which must be the same before and after."""
        one = partial(_build_for, self.context, self.inputs, self.arguments)
        variants = await together([partial(one, platform, read) for platform, read in self.reads.items()])
        bases.check_unmoved(self.based_on, await bases.resolve(list(self.based_on), [self.builder, *self.reads]))
        return [variant.with_label(bases.LABEL, bases.as_label(self.based_on)) for variant in variants]


async def _build_for(
    context: Context, build: Build, arguments: Mapping[str, str], platform: str, read: Dockerfile
) -> dagger.Container:
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
    container = await _without_arguments(container, read, build, platform)
    for key, value in build.labels().items():
        container = container.with_label(key, value)
    return container


def _read(context: Context, arguments: Mapping[str, str], platform: str) -> Dockerfile:
    return Dockerfile.parse(context.text, {**automatic("TARGET", platform), **arguments})


async def _without_arguments(
    container: dagger.Container, read: Dockerfile, build: Build, platform: str
) -> dagger.Container:
    """The container without the build arguments that a Dagger engine leaves in its environment."""
    target = build.service.table.target
    declared = dockerfile.arguments_only(read, target)
    left = declared & (await _environment(container, build, platform)).keys() if declared else declared
    if not left:
        return container
    base = dockerfile.base(read, target)
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
        raise step_failed(build, platform, error) from error


def _build_platform(builder: str) -> dict[str, str]:
    """The predefined arguments that say where the build runs (https://docs.docker.com/build/building/multi-platform/).

    A Dagger engine sets them to the target's platform, which would make cross-compiling stages run emulated.
    """
    return {name: value for name, value in automatic("BUILD", builder).items() if value}
