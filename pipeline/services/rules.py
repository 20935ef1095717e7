"""The rules of ``services.toml`` that a type cannot say."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import PurePosixPath

from pipeline.errors import shown
from pipeline.services.problem import NAME_A_SERVICE, Problem
from pipeline.services.tables import PLATFORMS, CatalogueTable, InfraTable, ServiceTable
from pipeline.tag import SERVICE_NAME

GIVEN_BUILD_ARGS = frozenset({"SERVICE", "VERSION", "REVISION", "CREATED", "SOURCE_DATE_EPOCH"})
"""Build arguments that every build gets from the release itself."""


def problems(table: CatalogueTable) -> Iterator[Problem]:
    """Everything that is wrong with a catalogue, the first mistake first."""
    if not table.services:
        yield Problem(("services",), "is empty", NAME_A_SERVICE)
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
