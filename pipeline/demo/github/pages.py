"""Pages of a list (https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from pipeline.demo.github.call import Call

T = TypeVar("T")

DEFAULT_SIZE = 30
MAXIMUM_SIZE = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list the caller wants."""

    number: int
    size: int

    def of(self, items: Sequence[T]) -> Sequence[T]:
        """Return the items on this page."""
        start = (self.number - 1) * self.size
        return items[start : start + self.size]


def wanted_page(call: Call, *, maximum: int = MAXIMUM_SIZE) -> Page:
    """Return the page that ``page`` and ``per_page`` ask for; what makes no sense is taken as not said."""
    size = _positive(call.query("per_page")) or DEFAULT_SIZE
    return Page(_positive(call.query("page")) or 1, min(size, maximum))


def link_header(call: Call, page: Page, total: int) -> dict[str, str]:
    """Return the Link header that leads to the other pages; none where there is only one."""
    last = max(1, -(-total // page.size))
    targets = {"prev": page.number - 1, "next": page.number + 1, "last": last, "first": 1}
    if page.number >= last:
        del targets["next"], targets["last"]
    if page.number == 1:
        del targets["prev"], targets["first"]
    links = [f'<{_address(call, number)}>; rel="{relation}"' for relation, number in targets.items()]
    return {"Link": ", ".join(links)} if links else {}


def _address(call: Call, number: int) -> str:
    query = {**call.request.query_params, "page": str(number)}
    return f"{call.origin}{call.request.url.path}?{urlencode(query)}"


def _positive(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and int(text) > 0 else None
