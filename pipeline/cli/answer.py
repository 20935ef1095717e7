"""Calling a verb of the `Pipeline` object, and turning what it gives into text."""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import dagger
from dagger import dag

from pipeline.cli.table import Command, load
from pipeline.errors import BadFlag, BuildFailed, EngineUnavailable, shown
from pipeline.main import Pipeline
from pipeline.runtime.session import ask, first_line
from pipeline.services.tables import FILE_NAME


async def answer(
    command: Command,
    arguments: Mapping[str, Any],
    catalogue: str,
    settings: Mapping[str, str],
    *,
    output: str | None,
    as_json: bool,
) -> str:
    """Call a verb and give back its answer as text, or as one JSON document.

    Only what the session itself writes, which is files and folders, goes to ``output`` here.
    """
    # mypy does not see that dagger.object_type makes it a dataclass.
    pipeline = Pipeline(config=dag.file(FILE_NAME, catalogue), **_typed(settings))  # type: ignore[call-arg]
    result = await getattr(pipeline, command.name)(**await _with_files(command, arguments))
    if isinstance(result, dagger.Directory):
        return _formed({"entries": await _directory(result, output), "exported": output}, as_json=as_json)
    if isinstance(result, dagger.File):
        return await _file(result, output, as_json=as_json)
    if isinstance(result, list):
        return _formed({"platforms": [str(await container.platform()) for container in result]}, as_json=as_json)
    speaks_json = any(parameter.flag == "--json" for parameter in command.parameters)
    return str(result) if speaks_json or not as_json else json.dumps({"result": result}, indent=2)


async def _with_files(command: Command, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The verb's arguments as it takes them: a file is read here, where the person is."""
    kinds = {parameter.name: parameter.kind for parameter in command.parameters}
    return {name: await _read(value) if kinds[name] == "file" else value for name, value in arguments.items()}


async def _read(path: str) -> dagger.File:
    try:
        return dag.file(Path(path).name, await anyio.Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadFlag(f"{shown(path)} cannot be read: {error}.", next="Name a text file.") from None


def _typed(settings: Mapping[str, str]) -> dict[str, Any]:
    """The constructor's arguments as it takes them: a secret is a reference that the session resolves."""
    kinds = {parameter.name: parameter.kind for parameter in load().constructor}
    return {name: dag.secret(value) if kinds[name] == "secret" else value for name, value in settings.items()}


async def _file(file: dagger.File, output: str | None, *, as_json: bool) -> str:
    """The file's text, or where it was written to."""
    if output:
        await ask(lambda: file.export(output), explain=partial(_unwritable, output))
        return json.dumps({"exported": output}, indent=2) if as_json else output
    text = await ask(file.contents, explain=lambda m: EngineUnavailable(f"{m}.", next="Run the same call again."))
    return json.dumps({"contents": text}, indent=2) if as_json else text


def _unwritable(output: str, message: str) -> EngineUnavailable:
    return EngineUnavailable(f"{output} cannot be written: {first_line(message)}.", next="Choose another --output.")


async def _directory(directory: dagger.Directory, output: str | None) -> list[str]:
    if output:
        await ask(lambda: directory.export(output), explain=partial(_unwritable, output))
    return await ask(
        directory.entries,
        explain=lambda m: BuildFailed(f"The tree cannot be read: {first_line(m)}.", next="Run the same call again."),
    )


def _formed(result: dict[str, Any], *, as_json: bool) -> str:
    if as_json:
        return json.dumps({key: value for key, value in result.items() if value is not None}, indent=2)
    return "\n".join(line for value in result.values() if isinstance(value, list) for line in value)
