"""The catalogue: ``services.toml`` as validated, immutable values."""

import tomllib
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from pipeline.errors import BadCatalogue
from pipeline.runtime.limits import Limits
from pipeline.services import problem, rules
from pipeline.services.tables import FILE_NAME, CatalogueTable, InfraTable, ServiceTable
from pipeline.tag import Tag, check_service

TableT = TypeVar("TableT")


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
        for found in rules.problems(table):
            raise problem.error(found, text, name)
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
        raise problem.error(problem.explained(str(error), data, table, keys), text, name) from None
