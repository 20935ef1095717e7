"""The page as HTML: one file, nothing loaded from anywhere."""

from pipeline.board.gather import Facts
from pipeline.board.view import page

TEMPLATE = "board.html.jinja"


def render(facts: Facts) -> str:
    """The board's HTML. All text in it is escaped: tags, notes and names are other people's."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipeline.board", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(page=page(facts))
