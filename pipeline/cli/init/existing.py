"""What an earlier run, or a person, has put into the monorepo already."""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from pipeline.catalogue import Catalogue
from pipeline.errors import BadCatalogue, WouldOverwrite
from pipeline.services.tables import FILE_NAME

ENV = ".env"
MODULE = "dagger.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """The catalogue, the dagger.json, and the settings of the `.env` by their names in capitals."""

    catalogue: Catalogue | None
    document: dict[str, Any]
    settings: dict[str, str]

    @property
    def module(self) -> str | None:
        """The address that dagger.json names."""
        return str(self.document["blueprint"]["source"]) if self.document else None


def read(root: Path, *, force: bool) -> Existing:
    """Read what is there.

    Raises `WouldOverwrite` for a file of the same name that is something else, unless it may be replaced (``force``).
    """
    return Existing(
        catalogue=_catalogue(root / FILE_NAME, force=force),
        document=_document(root / MODULE, force=force),
        settings={
            name.replace("_", "").upper(): value or ""
            for name, value in dotenv_values(root / ENV, interpolate=False).items()
        },
    )


def _catalogue(path: Path, *, force: bool) -> Catalogue | None:
    if not path.exists():
        return None
    try:
        return Catalogue.parse(path.read_text(encoding="utf-8"))
    except (BadCatalogue, UnicodeDecodeError, OSError) as error:
        if force:
            return None
        problem = error.message.rstrip(".") if isinstance(error, BadCatalogue) else str(error)
        raise WouldOverwrite(
            f"{FILE_NAME} is there, and is no catalogue of services ({problem}).",
            next="Mend it, or move it away, or let it be written anew: --force.",
        ) from None


def _document(path: Path, *, force: bool) -> dict[str, Any]:
    if not path.exists():
        return {}
    with suppress(ValueError, OSError):
        document = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(document, dict) and "source" in (document.get("blueprint") or {}):
            return document
    if force:
        return {}
    raise WouldOverwrite(
        f"{MODULE} is there, and describes another module than this pipeline.",
        next="Move that module into a folder below, or let the file be written anew: --force.",
    )
