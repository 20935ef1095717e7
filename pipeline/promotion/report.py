"""What a promotion did, as text for a person or JSON for a program."""

from typing import Literal

from msgspec import Struct

from pipeline.promotion.move import Move
from pipeline.report import document

Outcome = Literal["opened", "found", "updated", "already-pinned", "planned"]

_SENTENCE: dict[Outcome, str] = {
    "opened": "a pull request is open.",
    "found": "its pull request is open already.",
    "updated": "its pull request was open and is brought up to date.",
    "already-pinned": "pinned already; nothing to do.",
    "planned": "nothing was changed; this is what would be.",
}


class PromotionReport(Struct, frozen=True, kw_only=True):
    """One move of a pin. ``before`` is what was pinned, ``others`` are open pull requests that move the same pin."""

    tag: str
    environment: str
    outcome: Outcome
    before: str
    digest: str
    file: str
    branch: str
    diff: str
    pull_request: str | None = None
    others: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, move: Move, outcome: Outcome, *, url: str | None = None, others: tuple[str, ...] = ()
    ) -> "PromotionReport":
        """The report of a move."""
        return cls(
            tag=move.tag.name,
            environment=move.place.environment,
            outcome=outcome,
            before=move.before.tag or move.before.digest,
            digest=move.image.digest,
            file=move.file.path,
            branch=move.branch,
            diff=move.diff(),
            pull_request=url,
            others=others,
        )

    def json(self) -> str:
        """The report as one JSON document."""
        return document(self)

    def text(self) -> str:
        """The report for a person; a plan ends with its diff."""
        lines = [f"{self.tag} in {self.environment}: {_SENTENCE[self.outcome]}"]
        if self.pull_request:
            lines.append(f"  pull request  {self.pull_request}")
        lines.append(f"  pin           {self.before or 'none'} in {self.file}")
        lines += [f"  beside it     {url} moves the same pin; close one of the two" for url in self.others]
        return "\n".join([*lines, *(["", self.diff.rstrip("\n")] if self.outcome == "planned" else [])])
