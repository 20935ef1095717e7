"""The files that adopt the pipeline: their text, and writing them without ever losing another's."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue import Catalogue
from pipeline.cli.init.candidates import Candidate
from pipeline.errors import WouldOverwrite
from pipeline.services.tables import FILE_NAME
from pipeline.workflow import pins, render

ENV = ".env"
MODULE = "dagger.json"

ENV_HEAD = (
    "# Defaults for the module's constructor: an argument's name without separators, and only references to secrets.\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What was found or chosen: everything that the files say."""

    repository: str
    registry: str
    main: str
    platforms: tuple[str, ...]
    services: tuple[Candidate, ...]
    module: str
    ci: render.Ci
    api: str | None = None


def texts(choices: Choices) -> dict[str, str]:
    """Every file's text by its path, but the `.env`'s; the catalogue is valid, or the error says what is not."""
    text = _catalogue(choices)
    catalogue = Catalogue.parse(text)
    workflows = {
        render.path(choices.ci, kind): render.render(catalogue, ci=choices.ci, kind=kind) for kind in render.KINDS
    }
    return {FILE_NAME: text, MODULE: _module(choices), **workflows}


def write(root: Path, choices: Choices, *, force: bool) -> list[str]:
    """Write all files, and give back their paths.

    Raises `WouldOverwrite`, before anything is written, where one is there already and is not to be replaced. A
    `.env` is never replaced: what it lacks is added.
    """
    files = texts(choices)
    there = [path for path, text in files.items() if _differs(root / path, text)]
    if there and not force:
        raise WouldOverwrite(
            f"{', '.join(there)} would be overwritten.", next="Look at what is there, then add --force or move it away."
        )
    for path, text in files.items():
        root.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        root.joinpath(path).write_text(text, encoding="utf-8")
    return [*files, *_add_defaults(root / ENV, choices)]


def _differs(path: Path, text: str) -> bool:
    return path.exists() and (not path.is_file() or path.read_bytes() != text.encode())


def _add_defaults(path: Path, choices: Choices) -> list[str]:
    """Add the settings that are not in the `.env` yet, whatever else is in it."""
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    names = {line.partition("=")[0].strip().upper() for line in there.splitlines()}
    lines = [line for line in _defaults(choices) if line.partition("=")[0] not in names]
    if not lines:
        return []
    gap = "" if not there or there.endswith("\n") else "\n"
    path.write_text(there + gap + ENV_HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return [ENV]


def _defaults(choices: Choices) -> Iterator[str]:
    yield "GITHUBTOKEN=env://GITHUB_TOKEN"
    yield "REGISTRYTOKEN=env://REGISTRY_TOKEN"
    if any(service.kind == "cli" for service in choices.services):
        yield "NPMTOKEN=env://NPM_TOKEN"
    if choices.api:
        yield f"GITHUBAPI={choices.api}"


def _module(choices: Choices) -> str:
    """A module whose functions are this pipeline's (https://docs.dagger.io/extending/modules/blueprint)."""
    document = {
        "name": "release",
        "engineVersion": pins.DAGGER.version,
        "blueprint": {"name": "pipeline", "source": choices.module},
    }
    return json.dumps(document, indent=2) + "\n"


def _catalogue(choices: Choices) -> str:
    head = [
        "# The services that release from this repository: `pipeline services` shows them, defaults filled in.",
        f"repository = {_toml(choices.repository)}",
        f"main = {_toml(choices.main)}",
        f"registry = {_toml(choices.registry)}",
        f"platforms = {_toml(choices.platforms)}",
    ]
    return "\n\n".join(["\n".join(head), *("\n".join(_service(service)) for service in choices.services)]) + "\n"


def _service(service: Candidate) -> Iterator[str]:
    yield f"[services.{service.name if '.' not in service.name else _toml(service.name)}]"
    if service.kind == "cli":
        yield 'kind = "cli"'
        yield f"goreleaser = {_toml(service.goreleaser)}"
        yield f"npm = {_toml(service.npm)}"
    else:
        yield f"dockerfile = {_toml(service.dockerfile)}"
    if service.context != ".":
        yield f"context = {_toml(service.context)}"
    if service.target:
        yield f"target = {_toml(service.target)}"
    if service.build_args:
        yield f"build_args = {{ {', '.join(f'{name} = {_toml(value)}' for name, value in service.build_args.items())} }}"
    if service.paths:
        yield f"paths = {_toml(service.paths)} # what release notes tell of, and what a rehearsal waits for"


def _toml(value: str | Sequence[str]) -> str:
    """A value as TOML: its strings and lists are spelled as JSON's are."""
    return json.dumps(value if isinstance(value, str) else list(value), ensure_ascii=False)
