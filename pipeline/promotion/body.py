"""What a promotion's pull request says."""

from pipeline.github.pulls import BODY_LIMIT
from pipeline.promotion.move import Move

CUT = "\n\n… (the rest is on the release's page)"
ROOM = 2_000
"""Characters kept for everything but the notes."""


def render(move: Move, *, release_url: str, notes: str) -> str:
    """Markdown: what moves, the digest, how to take it back, and the release's own notes, within GitHub's limit."""
    tag, environment, before = move.tag, move.place.environment, move.before.tag or move.before.digest
    lines = [
        f"Moves **{tag.service}** in **{environment}** from `{before}` to `{tag.image_tag}`.",
        "",
        f"- Release: {release_url}",
        f"- Image: `{move.image.name}:{move.image.tag}`",
        f"- Digest: `{move.image.digest}`",
        f"- Rollback: {_rollback(move)}",
        "",
        "## Release notes",
        "",
    ]
    head = "\n".join(lines)
    limit = BODY_LIMIT - max(ROOM, len(head))
    return head + (notes if len(notes) <= limit else notes[: limit - len(CUT)] + CUT)


def _rollback(move: Move) -> str:
    if not move.before.tag:
        return "revert this pull request."
    was = f"{move.tag.service}/{move.before.tag}"
    verb = "rollback" if move.direction == "promote" else "promote"
    return f"`pipeline {verb} --tag {was} --environment {move.place.environment}`, or revert this pull request."
