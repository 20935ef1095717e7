"""Changes to an image's config, made one after the other when it is read (image-spec, config.md)."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.local import oci

Edit = Callable[[oci.Json], None]
"""A change to the ``config`` object of an image config."""


@dataclass(frozen=True, slots=True)
class Below:
    """The change that puts a config under another one: it counts where that says nothing itself."""

    lower: oci.Json

    def __call__(self, config: oci.Json) -> None:
        """Change ``config``."""
        set_env(config, {**env(self.lower), **env(config)})
        config["Labels"] = {**(self.lower.get("Labels") or {}), **(config.get("Labels") or {})}


def applied(config: oci.Json, edits: tuple[Edit, ...]) -> oci.Json:
    """The config itself, with all edits made."""
    for edit in edits:
        edit(config)
    return config


def mapping(config: oci.Json, name: str) -> dict[str, str]:
    """A mapping of the config, which is made where there is none."""
    config[name] = config.get(name) or {}
    found: dict[str, str] = config[name]
    return found


def discard(config: oci.Json, mapped: str, name: str) -> None:
    """Remove a name from a mapping of the config, if it is there."""
    mapping(config, mapped).pop(name, None)


def env(config: oci.Json) -> dict[str, str]:
    """The environment, by name."""
    pairs = (entry.partition("=") for entry in config.get("Env") or [])
    return {name: value for name, _, value in pairs}


def set_env(config: oci.Json, variables: dict[str, str]) -> None:
    """Let these be the environment."""
    config["Env"] = [f"{name}={value}" for name, value in variables.items()]
