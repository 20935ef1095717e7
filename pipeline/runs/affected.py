"""Which services a change touches, by the files it changes."""

from collections.abc import Collection
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pipeline.catalogue import Catalogue, Service
from pipeline.services.tables import FILE_NAME

if TYPE_CHECKING:
    from github.Repository import Repository

MOST_FILES = 300
"""Files that GitHub lists of a comparison; a longer one may touch anything."""


def changed_files(repository: "Repository", base: str, head: str) -> tuple[str, ...] | None:
    """The paths that ``head`` changes since it left ``base``; None where there are more than GitHub lists
    (https://docs.github.com/rest/commits/commits#compare-two-commits).
    """
    files = repository.compare(base, head).files
    if len(files) >= MOST_FILES:
        return None
    names = [name for file in files for name in (file.filename, file.previous_filename) if name]
    return tuple(dict.fromkeys(names))


def touched(catalogue: Catalogue, files: Collection[str] | None) -> list[Service]:
    """The services that need another look when these files change; all of them for None, or a new catalogue."""
    services = list(catalogue.services.values())
    if files is None or FILE_NAME in files:
        return services
    return [service for service in services if any(_is_of(service, file) for file in files)]


def _is_of(service: Service, file: str) -> bool:
    table = service.table
    if service.kind == "cli":
        return file == table.goreleaser or _is_under(file, table.paths or (".",))
    recipes = (table.dockerfile, f"{table.dockerfile}.dockerignore", str(PurePosixPath(table.context, ".dockerignore")))
    return file in recipes or _is_under(file, table.paths or (table.context,))


def _is_under(file: str, paths: Collection[str]) -> bool:
    return any(PurePosixPath(file).is_relative_to(PurePosixPath(path)) for path in paths)
