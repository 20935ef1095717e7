"""What the session answers to the question for its schema, which the SDK's client asks whenever it connects.

It is the same every time, and working it out takes longer than all else in the beginning of a session: so it ships as a
file. Another client's question is answered like any other.
"""

import json
from functools import cache
from importlib import resources
from typing import Any

import graphql

FILE_NAME = "introspection.json"


def answer(query: str) -> dict[str, Any] | None:
    """The response to the client's own question, or None where ``query`` is another."""
    shipped = _shipped()
    return {"data": shipped["data"]} if query == shipped["query"] else None


def derived(schema: graphql.GraphQLSchema) -> bytes:
    """The file: the question as the client writes it (``gql.client``, ``fetch_schema``), and the answer."""
    from gql.utilities import get_introspection_query_ast

    query = graphql.print_ast(get_introspection_query_ast())
    result = graphql.graphql_sync(schema, query)
    return json.dumps({"query": query, "data": result.data}, separators=(",", ":")).encode() + b"\n"


@cache
def _shipped() -> Any:
    return json.loads(resources.files(__package__).joinpath(FILE_NAME).read_bytes())
