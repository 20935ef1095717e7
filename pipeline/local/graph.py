"""Recipes: every object of the API is what made it (parent, field, arguments), and that is its ID.

The one resolver here serves every field of the schema: it loads the objects whose IDs came as arguments, calls the
method of the noun that is named like the field, and remembers the result, so that one recipe runs once a session.
"""

import inspect
import json
import re
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any, TypeVar

from graphql import GraphQLArgument, GraphQLResolveInfo, get_directive_values, get_named_type

from pipeline.local.failure import Failure
from pipeline.runtime.once import Once

Info = GraphQLResolveInfo[Any]
Method = TypeVar("Method", bound=Callable[..., object])


class Node:
    """Base of all nouns: ``id`` is given by the graph when a field first returns the object."""

    id: str = ""

    @property
    def noun(self) -> str:
        """Its type in the schema."""
        return type(self).__name__


def every_time(method: Method) -> Method:
    """Mark a method of a noun that has an effect outside: it runs whenever it is asked for, never from memory."""
    method.every_time = True  # type: ignore[attr-defined]
    return method


def snake_case(name: str) -> str:
    """The Python name of a GraphQL name: ``withEnvVariable`` is ``with_env_variable``, ``from`` is ``from_``.

    As in the SDK's generated client, so that the nouns read like it.
    """
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return snake + "_" if snake in {"from", "import", "with"} else snake


class Graph:
    """The objects of one session by ID, and the results of the fields that were asked for."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._results: dict[str, Once[object]] = {}
        # Keyed, because recipes hold what people pass in, secrets among it: a plain digest could be guessed at.
        self._key = secrets.token_bytes(32)

    async def resolve(self, source: Node, info: Info, /, **given: Any) -> object:
        """The ``field_resolver`` for graphql-core."""
        member = getattr(source, snake_case(info.field_name))
        if not callable(member):
            return member
        recipe = self._recipe(source.id, info.field_name, given)
        call = partial(self._call, recipe, member, self._arguments(info, given))
        if getattr(member, "every_time", False):
            return await call()
        return await self._results.setdefault(recipe, Once(call))()

    def _recipe(self, parent: str, field: str, given: Mapping[str, Any]) -> str:
        canonical = json.dumps([parent, field, given], sort_keys=True, separators=(",", ":"))
        return blake2b(canonical.encode(), key=self._key, digest_size=24).hexdigest()

    def _arguments(self, info: Info, given: Mapping[str, Any]) -> dict[str, Any]:
        declared = info.parent_type.fields[info.field_name].args
        return {snake_case(name): self._argument(info, declared[name], value) for name, value in given.items()}

    def _argument(self, info: Info, declared: GraphQLArgument, value: Any) -> Any:
        if value is None or get_named_type(declared.type).name != "ID":
            return value
        expected = _expected_type(info, declared)
        return [self._load(v, expected) for v in value] if isinstance(value, list) else self._load(value, expected)

    def _load(self, node_id: str, expected: str | None) -> Node:
        node = self._nodes.get(node_id)
        if node is None:
            raise Failure(f"no object of this session has the ID {node_id!r}; IDs end with the session that gave them")
        if expected and node.noun != expected:
            raise Failure(f"expected the ID of a {expected}, not of a {node.noun}")
        return node

    async def _call(self, recipe: str, member: Callable[..., Any], arguments: dict[str, Any]) -> object:
        result = member(**arguments)
        if inspect.isawaitable(result):
            result = await result
        for position, node in enumerate(result if isinstance(result, list) else [result]):
            if isinstance(node, Node) and not node.id:
                node.id = f"{recipe}-{position}" if isinstance(result, list) else recipe
                self._nodes[node.id] = node
        return result


def _expected_type(info: Info, argument: GraphQLArgument) -> str | None:
    """The noun an ``ID`` argument stands for: ``@expectedType(name: "Secret")`` in the schema, as in the engine's."""
    directive = info.schema.get_directive("expectedType")
    values = get_directive_values(directive, argument.ast_node) if directive and argument.ast_node else None
    return values["name"] if values else None
