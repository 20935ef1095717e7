"""Where the terminal command takes its settings from: flags first, then the ``.env`` beside ``dagger.json``."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values

from pipeline.cli.table import Parameter
from pipeline.errors import BadCatalogue, BadFlag, shown
from pipeline.services.tables import FILE_NAME

SECRET_FORMS = ("env://", "file://", "cmd://")
"""What both a Dagger engine and the local session resolve."""


def constructor_arguments(parameters: tuple[Parameter, ...], flags: Mapping[str, str | None]) -> dict[str, str]:
    """The constructor's arguments by Python name: those that a flag or the ``.env`` sets.

    In the ``.env`` a variable is the argument's name without separators, in any case, which is Dagger's own rule
    (https://docs.dagger.io/getting-started/types/env). Raises `BadFlag` for a secret that is not passed by reference.
    """
    local = _local_defaults()
    given: dict[str, str] = {}
    for parameter in parameters:
        value = flags.get(parameter.name) or local.get(parameter.name.replace("_", ""))
        if value:
            given[parameter.name] = _reference(parameter, value) if parameter.kind == "secret" else value
    return given


def _reference(parameter: Parameter, value: str) -> str:
    """A reference to a secret; what is none may be the secret itself, so it is never shown."""
    if not value.startswith(SECRET_FORMS):
        raise BadFlag(
            f"{parameter.flag} takes a reference to a secret, and this is none.",
            next="Pass env://NAME, file://PATH or cmd://COMMAND.",
        )
    return value


def read_catalogue(path: str | None) -> tuple[str, str]:
    """The catalogue's name and text: the named file, or the nearest ``services.toml`` from here upwards.

    Raises `BadCatalogue` when there is none or it cannot be read.
    """
    file = Path(path) if path else next((f for f in _upwards(FILE_NAME)), None)
    if file is None:
        raise BadCatalogue(
            f"There is no {FILE_NAME} here or in any folder above.", next="Pass one: --config path/to/services.toml."
        )
    try:
        return str(file), file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadCatalogue(
            f"The catalogue {shown(str(file))} cannot be read: {reason}.",
            next="Pass one: --config path/to/services.toml.",
        ) from None


def _local_defaults() -> dict[str, str]:
    module = next(_upwards("dagger.json"), None)
    if module is None:
        return {}
    values = dotenv_values(module.with_name(".env"))
    return {name.replace("_", "").lower(): value for name, value in values.items() if value}


def _upwards(name: str) -> Iterator[Path]:
    here = Path.cwd()
    return (folder / name for folder in (here, *here.parents) if (folder / name).is_file())
