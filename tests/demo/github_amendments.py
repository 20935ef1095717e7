"""Where GitHub's description, as openapi-core reads it, says less than GitHub does."""

from collections.abc import Iterator
from typing import Any

Described = dict[str, Any]

LABELS = "/repos/{owner}/{repo}/issues/{issue_number}/labels"


def amend(described: Described) -> Described:
    """Change a description in place; every change is a fact that it states elsewhere, or in words."""
    for node in _nodes(described):
        _allow_null_beside_alternatives(node)
        _forget_discriminator_of_arrays(node)
    _allow_bare_list_of_labels(described)
    described["components"]["schemas"]["release-asset"]["properties"]["state"]["enum"].append("starter")
    return described


def _allow_null_beside_alternatives(node: Described) -> None:
    """``nullable`` beside ``oneOf`` means null to GitHub; OpenAPI 3.0.3 heeds it beside ``type`` only."""
    if node.get("nullable") and "type" not in node:
        for key in ("oneOf", "anyOf"):
            if key in node:
                node[key].append({"type": "string", "nullable": True, "enum": [None]})


def _forget_discriminator_of_arrays(node: Described) -> None:
    """A directory is a list; lists have no property that could tell them from files."""
    if "array" in node.get("discriminator", {}).get("mapping", {}):
        del node["discriminator"]


def _allow_bare_list_of_labels(described: Described) -> None:
    """The description has it in words: "You can also pass an array of labels directly"."""
    body = described["paths"][LABELS]["post"]["requestBody"]["content"]["application/json"]["schema"]
    body["oneOf"].append({"type": "array", "items": {"type": "string"}})


def _nodes(value: Any) -> Iterator[Described]:
    match value:
        case dict():
            yield value
            for child in list(value.values()):
                yield from _nodes(child)
        case list():
            for child in value:
                yield from _nodes(child)
