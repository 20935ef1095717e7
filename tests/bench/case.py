"""What a case is, and the one way in which it ends without figures."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipeline.process import ProcessError
from tests.bench.results import Measured, Row
from tests.bench.scale import Scale
from tests.bench.servers import Servers

BY_HAND, PIPELINE = "by hand", "pipeline"
"""The two ways that most cases compare."""


class NotMeasuredError(Exception):
    """The machine lacks what a case is about; the message says what."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One table of the report: what it says beside the figures, and where they come from."""

    name: str
    title: str
    about: str
    of: str
    """What the first column holds."""
    measure: Callable[[Servers, Scale], Iterable[Row]]
    compared: tuple[str, str] | None = (BY_HAND, PIPELINE)

    def run(self, servers: Servers, scale: Scale) -> Measured:
        """Measure it; what goes wrong is told in its note, and the other cases go on."""
        rows: list[Row] = []
        note, failed = "", False
        try:
            rows.extend(self.measure(servers, scale))
        except NotMeasuredError as reason:
            note = str(reason)
        except ProcessError as error:
            note, failed = f"It did not run to its end: {error}", True
        return Measured(
            name=self.name,
            title=self.title,
            about=self.about,
            of=self.of,
            rows=tuple(rows),
            compared=self.compared,
            note=note,
            failed=failed,
        )
