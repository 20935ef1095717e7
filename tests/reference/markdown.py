"""The few forms of Markdown that the pages are made of."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; what is in a cell cannot end it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell(text) for text in line)} |" for line in lines)


def cell(text: str) -> str:
    """One line; outside of code an angle bracket is one, and no HTML."""
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    return "`".join(part if position % 2 else part.replace("<", "&lt;") for position, part in enumerate(parts))


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def plain(docstring: str | None) -> str:
    """A docstring's first paragraph, its double backticks as Markdown's single ones."""
    return " ".join((docstring or "").strip().partition("\n\n")[0].split()).replace("``", "`")
