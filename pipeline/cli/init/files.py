"""The files that adopt the pipeline, and writing them without ever losing another's."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue import Catalogue
from pipeline.cli.init import tables
from pipeline.cli.init.choices import Choices
from pipeline.cli.init.existing import ENV, MODULE, Existing
from pipeline.errors import WouldOverwrite
from pipeline.services.tables import FILE_NAME
from pipeline.workflow import pins, render

ENV_HEAD = (
    "# Defaults for the module's constructor: an argument's name without separators, and only references to secrets.\n"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The files to write, by path; and those that are there already and stay as they are."""

    files: dict[str, str]
    kept: tuple[str, ...]

    def write(self, root: Path) -> None:
        """Write them."""
        for path, text in self.files.items():
            root.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
            root.joinpath(path).write_text(text, encoding="utf-8")


def plan(root: Path, choices: Choices, existing: Existing, *, force: bool) -> Plan:
    """What there is to write.

    Raises `WouldOverwrite` where a file is there already and is not what would be written, unless it may be replaced
    (``force``). A `.env` is never replaced: what it lacks is added. Raises `BadCatalogue` for impossible choices.
    """
    wanted = _texts(choices, existing)
    files = {path: text for path, text in wanted.items() if _lacks(root / path, text)}
    there = [path for path in files if root.joinpath(path).exists()]
    if there and not force:
        raise _refusal(root, there, choices)
    if settings := _settings(root / ENV, choices, existing):
        files[ENV] = settings
    names = [FILE_NAME, MODULE, *wanted, ENV]
    return Plan(files, tuple(name for name in dict.fromkeys(names) if name not in files))


def _texts(choices: Choices, existing: Existing) -> dict[str, str]:
    """The text of every file but the `.env`; a catalogue and a module that are kept have none."""
    own: dict[str, str] = {}
    catalogue = choices.kept
    if catalogue is None:
        own[FILE_NAME] = tables.catalogue(choices.repository, choices.registry, choices.main, choices.platforms)
        own[FILE_NAME] += "".join(f"\n{tables.service(service)}" for service in choices.services)
        catalogue = Catalogue.parse(own[FILE_NAME])
    if existing.module != choices.module:
        own[MODULE] = _module(choices, existing)
    return own | {
        render.path(choices.ci, kind): render.render(catalogue, ci=choices.ci, kind=kind) for kind in render.KINDS
    }


def _lacks(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_bytes() != text.encode()


def _refusal(root: Path, there: list[str], choices: Choices) -> WouldOverwrite:
    """Of files that are there: somebody else's have to make room, the pipeline's own may be made again."""
    foreign = [path for path in there if not root.joinpath(path).read_bytes().startswith(render.HEAD.encode())]
    if foreign:
        return WouldOverwrite(
            f"{', '.join(foreign)} would be overwritten, and was not made by this pipeline.",
            next="Give it another name (git mv) and run it again, or let it be written over: --force.",
        )
    commands = [
        f"pipeline workflow --for {choices.ci} --kind {kind} --output {path}"
        for kind in render.KINDS
        if (path := render.path(choices.ci, kind)) in there
    ]
    return WouldOverwrite(
        f"{', '.join(there)} would be overwritten: what is there is not what {FILE_NAME} makes of it now.",
        next=f"To make it again, and see in git what changes: {' && '.join(commands)}",
    )


def _settings(path: Path, choices: Choices, existing: Existing) -> str:
    """The `.env` with the settings that it lacks; empty where it lacks none, or was made by an earlier run."""
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = [line for line in _defaults(choices) if line.partition("=")[0] not in existing.settings]
    if not lines or ENV_HEAD in there:
        return ""
    gap = "" if not there or there.endswith("\n") else "\n"
    return there + gap + ENV_HEAD + "".join(f"{line}\n" for line in lines)


def _defaults(choices: Choices) -> Iterator[str]:
    yield "GITHUBTOKEN=env://GITHUB_TOKEN"
    yield "REGISTRYTOKEN=env://REGISTRY_TOKEN"
    kinds = [service.kind for service in (choices.kept.services.values() if choices.kept else choices.services)]
    if "cli" in kinds:
        yield "NPMTOKEN=env://NPM_TOKEN"
    if choices.api:
        yield f"GITHUBAPI={choices.api}"


def _module(choices: Choices, existing: Existing) -> str:
    """A module whose functions are this pipeline's (https://docs.dagger.io/extending/modules/blueprint)."""
    blueprint = {"name": "pipeline", **existing.document.get("blueprint", {}), "source": choices.module}
    document = {
        "name": "release",
        "engineVersion": pins.DAGGER.version,
        **existing.document,
        "blueprint": blueprint,
    }
    return json.dumps(document, indent=2) + "\n"
