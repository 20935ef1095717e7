"""What the session serves is what the installed SDK asks for: names, arguments, kinds."""

import inspect
import re
from typing import Any, TypeVar

import dagger.client.gen as sdk
import graphql
import pytest

from pipeline.local.graph import snake_case
from pipeline.local.server import schema

KindT = TypeVar("KindT", bound=graphql.GraphQLNamedType)

SCALARS = {"String": "str", "Int": "int", "Boolean": "bool", "ID": "str", "Platform": "Platform"}


def served(kind: type[KindT]) -> dict[str, KindT]:
    """The schema's own types of one kind, by name."""
    return {
        name: found
        for name, found in schema().type_map.items()
        if isinstance(found, kind) and not name.startswith("__")
    }


def served_fields() -> list[tuple[str, str]]:
    return [(name, field) for name, found in served(graphql.GraphQLObjectType).items() for field in found.fields]


def in_python(kind: graphql.GraphQLType, expected: str | None) -> str:
    """How the SDK's generator writes a GraphQL type."""
    if isinstance(kind, graphql.GraphQLNonNull):
        return in_python(kind.of_type, expected).removesuffix(" | None")
    if isinstance(kind, graphql.GraphQLList):
        return f"list[{in_python(kind.of_type, expected)}] | None"
    name = graphql.get_named_type(kind).name
    return f"{expected or SCALARS.get(name, name)} | None"


def directive(node: Any) -> str | None:
    known = schema().get_directive("expectedType")
    assert known
    found = graphql.get_directive_values(known, node)
    return found["name"] if found else None


def written(annotation: Any, type_name: str) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = re.sub(r"\b(?:[a-z_]+\.)+", "", text).replace("'", "")
    return re.sub(r"\bSelf\b", type_name, text)


@pytest.mark.parametrize(("type_name", "field_name"), served_fields())
def test_field_is_the_sdks(type_name: str, field_name: str) -> None:
    field = served(graphql.GraphQLObjectType)[type_name].fields[field_name]
    method = inspect.unwrap(getattr(getattr(sdk, type_name), snake_case(field_name)))
    signature = inspect.signature(method)
    expected = directive(field.ast_node)
    returned = expected or in_python(field.type, None)
    assert written(signature.return_annotation, type_name) == returned
    for name, argument in field.args.items():
        parameter = signature.parameters[snake_case(name)]
        if (type_name, field_name) != ("Query", "node"):
            kind = in_python(argument.type, directive(argument.ast_node))
            assert written(parameter.annotation, type_name) == kind
        required = parameter.default is inspect.Parameter.empty
        assert required == graphql.is_required_argument(argument)
        if argument.default_value not in (graphql.Undefined, None):
            assert getattr(parameter.default, "name", parameter.default) == argument.default_value


@pytest.mark.parametrize("name", served(graphql.GraphQLEnumType))
def test_enum_values_are_the_sdks(name: str) -> None:
    assert set(served(graphql.GraphQLEnumType)[name].values) <= set(getattr(sdk, name).__members__)


def test_every_served_field_has_a_method() -> None:
    from pipeline.local import container, directory, git, query, secret

    nouns = {
        name: getattr(module, name)
        for module in (container, directory, git, query, secret)
        for name in served(graphql.GraphQLObjectType)
        if hasattr(module, name)
    }
    instance_attributes = {("Secret", "name"), ("Secret", "uri"), ("GitRepository", "url")}
    pairs = {("Label", "name"), ("Label", "value"), ("EnvVariable", "name"), ("EnvVariable", "value")}
    for type_name, field in served_fields():
        assert hasattr(nouns[type_name], snake_case(field)) or (type_name, field) in instance_attributes | pairs
