"""One mistake in ``services.toml``: told by its key and its line, with what would be right."""

import re
from difflib import get_close_matches
from typing import Any, get_args, get_type_hints

from msgspec import Struct

from pipeline.errors import BadCatalogue, shown
from pipeline.services.tables import Platform, Registry, Repository

NAME_A_SERVICE = "Add a table [services.NAME] per service."
_EXAMPLES = {meta.pattern: meta.examples[0] for kind in (Platform, Repository, Registry) for meta in get_args(kind)[1:]}
_KINDS = {
    "object": "a table", "array": "a list", "str": "text", "bool": "true or false", "int": "a whole number",
    "float": "a number",
}  # fmt: skip


class Problem(Struct, frozen=True):
    """One thing wrong: the keys that lead to it, what is wrong, and what would be right."""

    keys: tuple[str, ...]
    message: str
    right: str


def explained(error: str, data: Any, table: type[Any], keys: tuple[str, ...]) -> Problem:
    """Msgspec's message as a problem of this file."""
    known = sorted(table.__struct_fields__)
    if unknown := re.search(r"unknown field `(.+?)`", error):
        close = get_close_matches(unknown[1], known, n=1)
        meant = f"Did you mean {close[0]}? " if close else ""
        return Problem((*keys, unknown[1]), "is not a key of this table", f"{meant}It has: {', '.join(known)}.")
    if missing := re.search(r"missing required field `(.+?)`", error):
        right = NAME_A_SERVICE if missing[1] == "services" else f"Add {missing[1]} = … to the table."
        return Problem((*keys, missing[1]), "is missing", right)
    what, _, path = error.partition(" - at `$")
    inner = tuple(key for key in re.split(r"[.\[\]`]+", path) if key)
    value = _value_at(data, inner)
    message = f"is {shown(str(value))}" if isinstance(value, str | int | float) else "has a wrong value"
    return Problem((*keys, *inner), message, _right(what, table, inner))


def _right(what: str, table: type[Any], inner: tuple[str, ...]) -> str:
    """What would be right, by what msgspec expected."""
    if pattern := re.search(r"matching regex '(.+)'", what):
        return f"Write it like {_EXAMPLES[pattern[1]]}."
    if what.startswith("Invalid enum value"):
        return f"It takes one of: {', '.join(get_args(get_type_hints(table)[inner[0]]))}."
    if kind := re.match(r"Expected `(\w+)`( [<>=]+ [\d.]+)?(?!.*length)", what):
        return f"It takes {_KINDS.get(kind[1], kind[1])}{kind[2] or ''}."
    return f"{what.replace('Expected', 'It takes').replace('`', '')}."


def _value_at(data: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        data = data[int(key)] if isinstance(data, list) else data[key]
    return data


def error(problem: Problem, text: str, name: str) -> BadCatalogue:
    """The problem as the error that names the file, the line where it is known, and the key."""
    line = _line_of(text, problem.keys)
    where = f"{name}, line {line}" if line else name
    return BadCatalogue(f"{where}: {'.'.join(problem.keys)} {problem.message}.", next=problem.right)


def _line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """The line that sets a key, found by its table's header and its own name; the header's when it is missing."""
    table: tuple[str, ...] = ()
    header = None
    for number, line in enumerate(text.splitlines(), start=1):
        if head := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = tuple(part.strip(" \"'") for part in head[1].split("."))
            header = number if table == keys[: len(table)] else header
        elif entry := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            path = (*table, *(part.strip("\"'") for part in entry[1].split(".")))
            if path == keys[: len(path)]:
                return number
    return header
