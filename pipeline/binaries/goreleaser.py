"""GoReleaser, run in its container through the Dagger API on the tagged tree.

The open-source edition knows no tag prefixes: it is told the version by ``GORELEASER_CURRENT_TAG``
(https://goreleaser.com/customization/git/), which also means that it needs no tag in its shallow checkout.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import anyio
import dagger
from dagger import dag

from pipeline.binaries import config, dist
from pipeline.catalogue import Service
from pipeline.errors import BuildFailed, RegistryUnavailable
from pipeline.runtime import limits, scratch
from pipeline.runtime.session import ask, first_line
from pipeline.tag import Tag

SOURCE = "/src"
CONFIG_DIR, CONFIG = "/pipeline", "goreleaser.yaml"
BUILD_CACHE, MODULE_CACHE = "/var/cache/pipeline/go-build", "/var/cache/pipeline/go-mod"

SKIPPED = "--skip=publish,announce,validate"
"""Publishing is this pipeline's; the state of the checkout it has verified itself."""

MEND = "Mend it on main, then tag the mended commit with a new version."


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What GoReleaser works on: the service, the release, the repository (owner/name and page) and the commit."""

    service: Service
    tag: Tag
    repository: str
    repository_url: str
    commit: str
    committed: datetime
    key: dagger.Secret | None = None

    @property
    def file(self) -> str:
        """The configuration's path in the repository."""
        return self.service.table.goreleaser


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What it made: the folder, the list, and the contents of what will be published, by path."""

    directory: dagger.Directory
    made: list[dist.Made]
    contents: dict[str, bytes]
    prepared: config.Prepared


async def run(tree: dagger.Directory, inputs: Inputs) -> Output:
    """Build the tree, which has its ``.git``. Raises `BuildFailed` with the end of GoReleaser's output."""
    text = await ask(tree.file(inputs.file).contents, explain=lambda message: _no_config(inputs, message))
    prepared = config.prepare(
        text, file=inputs.file, tag=inputs.tag, repository=inputs.repository, paid=inputs.key is not None
    )
    built = _container(tree, inputs, prepared).directory(f"{SOURCE}/{prepared.dist}")
    try:
        await ask(built.sync, explain=lambda m: _not_run(inputs, m), within=limits.current().build)
    except dagger.ExecError as error:
        raise _failed(inputs, error) from error
    listed = await ask(built.file(dist.LIST).contents, explain=lambda message: _not_run(inputs, message))
    made = dist.parse(listed)
    wanted = {one.path for one in dist.release_files(made)} | {one.path for one in dist.programs(made)}
    contents = await _contents(built, sorted(wanted), prepared.dist, inputs)
    return Output(directory=built, made=made, contents=contents, prepared=prepared)


def _container(tree: dagger.Directory, inputs: Inputs, prepared: config.Prepared) -> dagger.Container:
    settings = dag.directory().with_new_file(CONFIG, prepared.text)
    container = (
        dag.container()
        .from_(inputs.service.table.goreleaser_image)
        .with_mounted_cache(BUILD_CACHE, dag.cache_volume("pipeline-go-build"))
        .with_mounted_cache(MODULE_CACHE, dag.cache_volume("pipeline-go-mod"))
        .with_mounted_directory(SOURCE, tree)
        .with_mounted_directory(CONFIG_DIR, settings)
        .with_workdir(SOURCE)
    )
    for name, value in _environment(inputs).items():
        container = container.with_env_variable(name, value)
    if inputs.key:
        container = container.with_secret_variable("GORELEASER_KEY", inputs.key)
    return container.with_exec(["goreleaser", "release", "--clean", SKIPPED, f"--config={CONFIG_DIR}/{CONFIG}"])


def _environment(inputs: Inputs) -> dict[str, str]:
    """What ties a build to its commit and to nothing else: not to a path, a clock, or what git knows besides."""
    settings = {"safe.directory": "*", "remote.origin.url": f"{inputs.repository_url}.git"}
    git = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        git |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {
        **git,
        "GORELEASER_CURRENT_TAG": f"v{inputs.tag.version}",
        "SOURCE_DATE_EPOCH": str(int(inputs.committed.timestamp())),
        "GOFLAGS": "-trimpath -buildvcs=false",
        "GOCACHE": BUILD_CACHE,
        "GOMODCACHE": MODULE_CACHE,
        "TZ": "UTC",
    }


async def _contents(built: dagger.Directory, paths: list[str], folder: str, inputs: Inputs) -> dict[str, bytes]:
    """The files' bytes. The API gives a file as text, or as a copy on the disk of whoever asks."""
    contents = {}
    with scratch.folder() as copies:
        for number, path in enumerate(paths):
            copy = copies / str(number)
            file, within = built.file(path.removeprefix(f"{folder}/")), limits.current().registry_copy
            await ask(
                partial(scratch.copied, file, copy, within=within),
                explain=lambda message: _not_run(inputs, message),
                within=within,
            )
            contents[path] = await anyio.Path(copy).read_bytes()
    return contents


def _no_config(inputs: Inputs, message: str) -> BuildFailed:
    return BuildFailed(
        f"{inputs.tag} has no {inputs.file} at {inputs.commit[:12]}: {first_line(message)}.",
        next=f"Name the right one in services.toml, [services.{inputs.service.name}] goreleaser = …",
    )


def _not_run(inputs: Inputs, message: str) -> BuildFailed | RegistryUnavailable:
    image = inputs.service.table.goreleaser_image
    if "failed to resolve image" in message or image in message:
        return RegistryUnavailable(
            f"GoReleaser's image {image} cannot be had: {first_line(message)}.",
            next="Check the network, and goreleaser_image in services.toml.",
            passing=True,
        )
    return BuildFailed(f"GoReleaser did not build {inputs.tag}: {first_line(message)}.", next=MEND)


_UNKNOWN_KEY = re.compile(r"field (\w+) not found in type config\.(\w+)")


def _failed(inputs: Inputs, error: dagger.ExecError) -> BuildFailed:
    said = error.stderr or error.stdout
    if unknown := sorted({f"{key} (in {section})" for key, section in _UNKNOWN_KEY.findall(said)}):
        return BuildFailed(
            f"{inputs.file} has keys that this GoReleaser does not know: {', '.join(unknown)}.",
            next="Remove them if they are GoReleaser Pro's, or name an image that knows them as goreleaser_image.",
        )
    output = "\n".join(f"    {line}" for line in said.strip().splitlines()[-20:])
    return BuildFailed(
        f"GoReleaser did not build {inputs.tag}: it ended with exit code {error.exit_code}.\n{output}", next=MEND
    )
