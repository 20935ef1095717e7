"""The catalogue as a list: a table for a person, JSON for a program."""

from msgspec.structs import replace

from pipeline.addresses import check_registry
from pipeline.catalogue import Catalogue
from pipeline.errors import BadCatalogue
from pipeline.report import aligned, document
from pipeline.runtime.session import first_line


def elsewhere(catalogue: Catalogue, *, registry: str) -> Catalogue:
    """The catalogue with its images at another registry, if one is named. Raises `BadFlag` for what is none."""
    check_registry("--registry", registry)
    return replace(catalogue, registry=registry or catalogue.registry)


def as_text(catalogue: Catalogue) -> str:
    """A line per service: its tags, what a release makes, and for which platforms."""
    rows = [("SERVICE", "TAGS", "MAKES", "PLATFORMS")]
    for name, service in catalogue.services.items():
        makes = catalogue.image(name) if service.kind == "image" else f"binaries, npm package {service.table.npm}"
        platforms = ", ".join(service.platforms) if service.kind == "image" else "-"
        rows.append((name, f"{name}/vX.Y.Z", makes, platforms))
    return "\n".join(aligned(rows))


def as_json(catalogue: Catalogue) -> str:
    """The whole catalogue, defaults filled in."""
    return document(catalogue)


def unreadable(message: str) -> BadCatalogue:
    """The error for a catalogue that the session cannot hand over."""
    return BadCatalogue(
        f"The catalogue cannot be read: {first_line(message)}.", next="Pass one: --config services.toml."
    )
