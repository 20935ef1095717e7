"""Pages made from types: the catalogue's tables, the report and the record, by their JSON Schemas."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from pipeline import record
from pipeline.github.releases import RECORD
from pipeline.record import Record
from pipeline.report import Report
from pipeline.services.tables import json_schema
from tests.reference.markdown import code, plain, table

Schema = Mapping[str, Any]

WHERE = {
    "CatalogueTable": "The file itself",
    "ServiceTable": "`[services.NAME]`",
    "InfraTable": "`[infra]`",
    "Limits": "`[limits]`",
}


NAMES = {"string": "text", "boolean": "true or false", "integer": "whole number"}


def catalogue() -> str:
    """``services.toml``: a table of keys per table of the file."""
    tables = json_schema()["$defs"]
    parts = ["# services.toml"]
    for name, schema in tables.items():
        required = schema.get("required", ())
        rows = [
            [code(key), kind(value), "required" if key in required else default(value), plain(said(value))]
            for key, value in properties(schema)
        ]
        parts += [f"## {WHERE[name]}", plain(schema.get("description")), table(["key", "type", "default", ""], rows)]
    parts.append("Editors complete the file with `pipeline/services.schema.json`, which says the same.")
    return "\n\n".join(parts)


def report() -> str:
    """The report and the record: a table of fields per object."""
    parts = ["# The report", "What `release` answers with `--json`; several tags give a list of these."]
    parts += objects(msgspec.json.schema(Report))
    parts += [f"# The record: {RECORD}", plain(record.__doc__), *objects(msgspec.json.schema(Record))]
    return "\n\n".join(parts)


def objects(schema: Schema) -> Iterator[str]:
    for name, one in schema["$defs"].items():
        rows = [[code(key), kind(value), present(key, one)] for key, value in properties(one)]
        yield f"## {name}\n\n{plain(one.get('description'))}\n\n{table(['field', 'type', ''], rows)}"


def properties(schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield from schema["properties"].items()


def present(key: str, schema: Schema) -> str:
    return "" if key in schema.get("required", ()) else "may be left out"


def said(schema: Schema) -> str | None:
    found: str | None = schema.get("description") or schema.get("items", {}).get("description")
    return found


def kind(schema: Schema) -> str:
    """A type in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(kind(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(code(str(value)) for value in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "array":
        return f"list of {kind(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"name to {kind(schema['additionalProperties'])}"
    return NAMES.get(schema["type"], str(schema["type"]))


def default(schema: Schema) -> str:
    """A default that says something: what is empty is left out, and so is a whole table, which has a page part."""
    value = schema.get("default")
    is_empty = value in (None, "") or (isinstance(value, list | tuple | dict) and not value)
    return "" if is_empty or isinstance(value, dict) else code(json.dumps(value))
