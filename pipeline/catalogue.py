"""The catalogue: ``services.toml`` as validated, immutable values.

The tables below are the file's form; `msgspec` holds the file to them and derives the JSON Schema that editors
complete from (`json_schema`). `Catalogue.parse` adds the rules that a type cannot say.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from pipeline.errors import BadCatalogue, shown
from pipeline.runtime.limits import Limits
from pipeline.tag import SERVICE_NAME, Tag, check_service

FILE_NAME = "services.toml"
SCHEMA_NAME = "services.schema.json"

GIVEN_BUILD_ARGS = frozenset({"SERVICE", "VERSION", "REVISION", "CREATED", "SOURCE_DATE_EPOCH"})
"""Build arguments that every build gets from the release itself."""

PLATFORMS = (
    "linux/386", "linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64", "linux/loong64", "linux/mips64le",
    "linux/ppc64le", "linux/riscv64", "linux/s390x",
)  # fmt: skip
"""Platforms an image may be built for, as OCI spells them (``os/architecture[/variant]``)."""

GORELEASER_IMAGE = (
    "goreleaser/goreleaser:v2.15.4@sha256:579eee23514fa647adcc669b5875f866f1c1faf5a0464aec4614a9121684c06c"
)

REGISTRY = r"^[A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
"""What an image's name may begin with
(https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests).
"""

Path = Annotated[str, Meta(min_length=1, description="A path in the monorepo, relative to its root.")]
Platform = Annotated[str, Meta(pattern=r"^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$", examples=["linux/amd64"])]
Repository = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", examples=["unkeyed/unkey"])]
Registry = Annotated[str, Meta(pattern=REGISTRY, examples=["ghcr.io/unkeyed"])]
TableT = TypeVar("TableT")

_EXAMPLES = {meta.pattern: meta.examples[0] for kind in (Platform, Repository, Registry) for meta in get_args(kind)[1:]}
_NAME_A_SERVICE = "Add a table [services.NAME] per service."
_KINDS = {
    "object": "a table", "array": "a list", "str": "text", "bool": "true or false", "int": "a whole number",
    "float": "a number",
}  # fmt: skip


class ServiceTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[services.NAME]``: one service, and with it one tag namespace ``NAME/v…`` and one image ``NAME``."""

    kind: Annotated[Literal["image", "cli"], Meta(description="What a release makes.")] = "image"
    dockerfile: Path = "Dockerfile"
    context: Path = "."
    target: Annotated[str, Meta(description="The Dockerfile's stage to build; the last one when empty.")] = ""
    build_args: Annotated[dict[str, str], Meta(description="Further build arguments.")] = {}
    platforms: Annotated[tuple[Platform, ...], Meta(description="Instead of the catalogue's.")] = ()
    paths: Annotated[tuple[Path, ...], Meta(description="What release notes look at; everything when empty.")] = ()
    latest: Annotated[bool, Meta(description="Whether its highest stable release may be GitHub's Latest.")] = True
    labels: Annotated[dict[str, str], Meta(description="Further image labels.")] = {}
    goreleaser: Annotated[Path, Meta(description="GoReleaser's configuration (kind cli).")] = ".goreleaser.yaml"
    goreleaser_image: Annotated[
        str, Meta(min_length=1, description="The image that GoReleaser runs in, by digest (kind cli).")
    ] = GORELEASER_IMAGE
    npm: Annotated[str, Meta(description="The npm package's name (kind cli).")] = ""


class InfraTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[infra]``: where promotion happens. ``{service}`` stands for the service's name."""

    repository: Repository
    values: Annotated[str, Meta(description="The helm values of a service.")]
    pins: Annotated[dict[str, str], Meta(description="Environment name to the file that pins its version.")] = {}


class CatalogueTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``services.toml``: the only place that lists services."""

    repository: Annotated[Repository, Meta(description="The monorepo on GitHub, owner/name.")]
    registry: Annotated[Registry, Meta(description="Images go to <registry>/<service>.")]
    services: dict[str, ServiceTable]
    main: Annotated[str, Meta(min_length=1, description="The branch that tags must be on.")] = "main"
    platforms: tuple[Platform, ...] = ("linux/amd64",)
    prereleases_off_main: Annotated[
        bool, Meta(description="Whether pre-release tags may be on commits that are not on main.")
    ] = False
    infra: InfraTable | None = None
    limits: Limits = Limits()


class Service(Struct, frozen=True, kw_only=True):
    """A service as the stages see it: its name, its table, and the platforms that hold for it."""

    name: str
    table: ServiceTable
    platforms: tuple[str, ...]

    @property
    def kind(self) -> Literal["image", "cli"]:
        """``image`` for a service, ``cli`` for GoReleaser and npm."""
        return self.table.kind


class Catalogue(Struct, frozen=True, kw_only=True):
    """A validated ``services.toml``."""

    repository: str
    registry: str
    main: str
    prereleases_off_main: bool
    infra: InfraTable | None
    limits: Limits
    services: dict[str, Service]

    @classmethod
    def parse(cls, text: str, *, name: str = FILE_NAME) -> "Catalogue":
        """Read the catalogue's text; ``name`` is the file's name in messages.

        Raises `BadCatalogue` naming the key, the line where it is known, and what would be right.
        """
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadCatalogue(f"{name} is not TOML: {error}.", next="Mend that line; see https://toml.io.") from None
        _check_tables(data, text, name)
        table = _convert(data, CatalogueTable, (), text, name)
        for problem in _problems(table):
            raise _bad(problem, text, name)
        return cls(
            repository=table.repository,
            registry=table.registry,
            main=table.main,
            prereleases_off_main=table.prereleases_off_main,
            infra=table.infra,
            limits=table.limits,
            services={
                key: Service(name=key, table=service, platforms=service.platforms or table.platforms)
                for key, service in table.services.items()
            },
        )

    def service_of(self, tag: Tag) -> Service:
        """The service a tag releases. Raises `UnknownService` when the catalogue does not have it."""
        check_service(tag, self.services)
        return self.services[tag.service]

    def image(self, service: str) -> str:
        """The image's name without a tag: ``ghcr.io/unkeyed/vault``."""
        return f"{self.registry}/{service}"


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``services.toml``, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(CatalogueTable)}


class Problem(Struct, frozen=True):
    """One thing wrong: the keys that lead to it, what is wrong, and what would be right."""

    keys: tuple[str, ...]
    message: str
    right: str


def _check_tables(data: Mapping[str, Any], text: str, name: str) -> None:
    """Check nested tables one by one, so that a message can name the service instead of an index."""
    services = data.get("services")
    if isinstance(services, dict):
        for key, service in services.items():
            _convert(service, ServiceTable, ("services", key), text, name)
    if isinstance(data.get("infra"), dict):
        _convert(data["infra"], InfraTable, ("infra",), text, name)
    if isinstance(data.get("limits"), dict):
        _convert(data["limits"], Limits, ("limits",), text, name)


def _convert(data: Any, table: type[TableT], keys: tuple[str, ...], text: str, name: str) -> TableT:
    try:
        return msgspec.convert(data, table)
    except msgspec.ValidationError as error:
        raise _bad(_explained(str(error), data, table, keys), text, name) from None


def _explained(error: str, data: Any, table: type[Any], keys: tuple[str, ...]) -> Problem:
    """Msgspec's message as a problem of this file."""
    known = sorted(table.__struct_fields__)
    if unknown := re.search(r"unknown field `(.+?)`", error):
        close = get_close_matches(unknown[1], known, n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        return Problem((*keys, unknown[1]), "is not a key of this table", f"{meant}It has: {', '.join(known)}.")
    if missing := re.search(r"missing required field `(.+?)`", error):
        right = _NAME_A_SERVICE if missing[1] == "services" else f"Add {missing[1]} = … to the table."
        return Problem((*keys, missing[1]), "is missing", right)
    what, _, path = error.partition(" - at `$")
    inner = tuple(key for key in re.split(r"[.\[\]`]+", path) if key)
    value = _value_at(data, inner)
    message = f"is {shown(str(value))}" if isinstance(value, str | int | float) else "has a wrong value"
    return Problem((*keys, *inner), message, _right(what, table, inner))


def _right(what: str, table: type[Any], inner: tuple[str, ...]) -> str:
    """What would be right, by what msgspec expected."""
    if pattern := re.search(r"matching regex '(.+)'", what):
        return f"Write it like {_EXAMPLES[pattern[1]]}."
    if what.startswith("Invalid enum value"):
        return f"It takes one of: {', '.join(get_args(get_type_hints(table)[inner[0]]))}."
    if kind := re.match(r"Expected `(\w+)`( [<>=]+ [\d.]+)?(?!.*length)", what):
        return f"It takes {_KINDS.get(kind[1], kind[1])}{kind[2] or ''}."
    return f"{what.replace('Expected', 'It takes').replace('`', '')}."


def _value_at(data: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data


def _problems(table: CatalogueTable) -> Iterator[Problem]:
    if not table.services:
        yield Problem(("services",), "is empty", _NAME_A_SERVICE)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", table.main) or ".." in table.main:
        yield Problem(("main",), f"{shown(table.main)} is not a branch name", 'Usually it is "main".')
    yield from _platform_problems(("platforms",), table.platforms, required=True)
    for key, service in table.services.items():
        yield from _service_problems(key, service)
    owners: dict[str, str] = {}
    for key, service in table.services.items():
        if service.npm and (owner := owners.setdefault(service.npm, key)) != key:
            yield Problem(
                ("services", key, "npm"), f"{shown(service.npm)} is {owner}'s already", "One npm package per service."
            )
    if table.infra:
        yield from _infra_problems(table.infra)


def _service_problems(key: str, service: ServiceTable) -> Iterator[Problem]:
    keys = ("services", key)
    if not re.fullmatch(SERVICE_NAME, key):
        yield Problem(keys, "cannot be a tag namespace and an image name", "Lower-case letters, digits and hyphens.")
    yield from _platform_problems((*keys, "platforms"), service.platforms)
    for name in ("dockerfile", "context", "goreleaser"):
        yield from _path_problems((*keys, name), getattr(service, name))
    for path in service.paths:
        yield from _path_problems((*keys, "paths"), path)
    for argument in service.build_args:
        if argument in GIVEN_BUILD_ARGS:
            yield Problem((*keys, "build_args", argument), "is set by every release itself", "Leave it out.")
    if service.kind == "cli" and not service.npm:
        yield Problem((*keys, "npm"), "is missing", 'A service of kind "cli" names its npm package: npm = "…".')
    yield from _kind_problems(keys, service)


def _kind_problems(keys: tuple[str, ...], service: ServiceTable) -> Iterator[Problem]:
    image_only = ("dockerfile", "context", "target", "build_args", "platforms", "labels")
    foreign = image_only if service.kind == "cli" else ("goreleaser", "goreleaser_image", "npm")
    defaults = ServiceTable()
    for name in foreign:
        if getattr(service, name) != getattr(defaults, name):
            yield Problem((*keys, name), f'says nothing for kind "{service.kind}"', "Remove it, or change the kind.")


def _platform_problems(
    keys: tuple[str, ...], platforms: tuple[str, ...], *, required: bool = False
) -> Iterator[Problem]:
    if required and not platforms:
        yield Problem(keys, "is empty", 'Name at least one, such as ["linux/amd64"].')
    for platform in platforms:
        if platform not in PLATFORMS:
            close = get_close_matches(platform, PLATFORMS, n=1)
            meant = f"Did you mean {close[0]}? " if close else ""
            yield Problem(keys, f"has the unknown platform {shown(platform)}", f"{meant}Known: {', '.join(PLATFORMS)}.")
        if platforms.count(platform) > 1:
            yield Problem(keys, f"names {shown(platform)} twice", "Name each platform once.")


def _path_problems(keys: tuple[str, ...], path: str) -> Iterator[Problem]:
    parts = PurePosixPath(path).parts
    if path.startswith(("/", "-")) or ".." in parts or not path.isprintable():
        yield Problem(keys, f"{shown(path)} leaves the monorepo", "Name a path relative to the monorepo's root.")


def _infra_problems(infra: InfraTable) -> Iterator[Problem]:
    for keys, pattern in [
        (("infra", "values"), infra.values),
        *((("infra", "pins", k), v) for k, v in infra.pins.items()),
    ]:
        if "{service}" not in pattern:
            yield Problem(
                keys, f"{shown(pattern)} is the same file for every service", "Write {service} into the path."
            )
        yield from _path_problems(keys, pattern)


def _bad(problem: Problem, text: str, name: str) -> BadCatalogue:
    line = _line_of(text, problem.keys)
    where = f"{name}, line {line}" if line else name
    return BadCatalogue(f"{where}: {'.'.join(problem.keys)} {problem.message}.", next=problem.right)


def _line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """The line that sets a key, found by its table's header and its own name; the header's when it is missing."""
    table: tuple[str, ...] = ()
    header = None
    for number, line in enumerate(text.splitlines(), start=1):
        if head := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = tuple(part.strip(" \"'") for part in head[1].split("."))
            header = number if table == keys[: len(table)] else header
        elif entry := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            path = (*table, *(part.strip("\"'") for part in entry[1].split(".")))
            if path == keys[: len(path)]:
                return number
    return header
