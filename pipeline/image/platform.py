"""The platform of a built image, where a Dagger engine gets it wrong.

A Dagger engine takes an image's platform from the image that its first stage starts from. ``FROM scratch`` has none,
so that a build for another platform would be told, and pushed, as one for the engine's own (0.21, ``util/llbtodagger``:
a container without a source op has the default platform).
"""

from collections.abc import Callable

import dagger
from dagger import dag

from pipeline.runtime.session import Explain, ask


async def on_platform(container: dagger.Container, platform: str, *, explain: Explain) -> dagger.Container:
    """The container itself if it is for ``platform``, else its files and its configuration on that platform."""
    if await ask(container.platform, explain=explain) == platform:
        return container
    moved = dag.container(platform=dagger.Platform(platform)).with_rootfs(container.rootfs())
    return await ask(lambda: _configured(moved, container), explain=explain)


async def _configured(moved: dagger.Container, like: dagger.Container) -> dagger.Container:
    for variable in await like.env_variables():
        moved = moved.with_env_variable(await variable.name(), await variable.value())
    for label in await like.labels():
        moved = moved.with_label(await label.name(), await label.value())
    for port in await like.exposed_ports():
        moved = moved.with_exposed_port(await port.port(), protocol=await port.protocol())
    if entrypoint := await like.entrypoint():
        moved = moved.with_entrypoint(entrypoint)
    if arguments := await like.default_args():
        moved = moved.with_default_args(arguments)
    settings: list[tuple[str, Callable[[dagger.Container, str], dagger.Container]]] = [
        (await like.workdir(), dagger.Container.with_workdir),
        (await like.user(), dagger.Container.with_user),
    ]
    for value, set_to in settings:
        moved = set_to(moved, value) if value not in ("", "/") else moved
    return moved
