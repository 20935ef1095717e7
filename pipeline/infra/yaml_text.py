"""YAML as text: where each value stands, and replacing one without touching a character beside it.

`ruamel.yaml` composes the document, so aliases, merge keys, quotes and comments are understood, and every value comes
with its place in the text. Writing the document anew would keep comments, but not every indent and line break, and
then a reviewer would have to look for the one line that matters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pipeline.errors import BadPin, shown

MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar: what it says, where in the text it stands (quotes left out), and which node it is."""

    text: str
    start: int
    end: int
    node: int


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping: the keys that lead to it, and those of its values that are scalars, merged ones included."""

    path: tuple[str, ...]
    values: dict[str, Value]


def tables(source: str, name: str) -> list[Table]:
    """All mappings of all documents in a YAML text, outer ones first; ``name`` is the file's name in messages.

    Raises `BadPin` for what is not YAML.
    """
    try:
        documents = list(YAML().compose_all(source))
    except YAMLError as error:
        problem = " ".join(str(error).split())
        raise BadPin(f"{name} is not YAML: {problem}.", next="Mend it in the infra repository.") from None
    return [table for document in documents if document for table in _walk(document, (), source, set())]


def replaced(source: str, changes: Sequence[tuple[Value, str]]) -> str:
    """The text with some of its values replaced, each once, whatever aliases it has."""
    unique = {value.start: (value, new) for value, new in changes}
    for _, (value, new) in sorted(unique.items(), reverse=True):
        source = source[: value.start] + new + source[value.end :]
    return source


def _walk(node: Node, path: tuple[str, ...], source: str, seen: set[int]) -> Iterator[Table]:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, SequenceNode):
        for position, item in enumerate(node.value):
            yield from _walk(item, (*path, str(position)), source, seen)
    elif isinstance(node, MappingNode):
        pairs = _pairs(node)
        yield Table(path, {key: value for key, child in pairs.items() if (value := _value(child, source))})
        for key, child in pairs.items():
            yield from _walk(child, (*path, key), source, seen)


def _pairs(node: MappingNode) -> dict[str, Node]:
    """A mapping's own keys, after those it takes over by ``<<`` (https://yaml.org/type/merge.html)."""
    merged: dict[str, Node] = {}
    own: dict[str, Node] = {}
    for key, value in node.value:
        if key.tag == MERGE or key.value == "<<":
            for source in reversed(value.value if isinstance(value, SequenceNode) else [value]):
                merged |= _pairs(source) if isinstance(source, MappingNode) else {}
        elif isinstance(key, ScalarNode):
            own[key.value] = value
    return merged | own


def _value(node: Node, source: str) -> Value | None:
    """The scalar's place; None for what is not a scalar, or is written over several lines."""
    if not isinstance(node, ScalarNode):
        return None
    quotes = len(_quote(node))
    start, end = node.end_mark.index - len(node.value) - quotes, node.end_mark.index - quotes
    return Value(node.value, start, end, id(node)) if source[start:end] == node.value else None


def _quote(node: ScalarNode) -> str:
    return str(node.style) if node.style in ("'", '"') else ""


def described(paths: Sequence[tuple[str, ...]]) -> str:
    """Paths of mappings for a message."""
    return ", ".join(shown(".".join(path) or "the top level") for path in paths)
