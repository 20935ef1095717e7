"""Release notes: what changed since the service's previous release, and how to get the image."""

from pipeline.github.history import History
from pipeline.tag import Tag

BODY_LIMIT = 125_000
"""Characters GitHub takes as a release's body."""


def previous(tag: Tag, tags: list[Tag]) -> Tag | None:
    """The release before this one: the highest lower version of the same service, its own candidates left out
    when this one is stable.
    """
    lower = [t for t in tags if t.version < tag.version and (tag.prerelease or not t.prerelease)]
    return max(lower, key=lambda t: t.version, default=None)


def latest(tag: Tag, tags: list[Tag]) -> bool:
    """Whether this is the highest stable version of its service."""
    return not tag.prerelease and all(t.prerelease or t.version <= tag.version for t in tags)


def render(*, web: str, tag: Tag, since: Tag | None, history: History | None, instructions: str) -> str:
    """The notes as Markdown, within GitHub's limit whatever the history."""
    head = [instructions, ""]
    changes = [f"* {c.subject} ({c.sha[:12]}, {c.author})" for c in history.commits] if history else []
    title = [f"## Changes since {since.name}", ""] if since else ["## First release", ""]
    foot = ["", f"All changes: {web}/compare/{since.name}...{tag.name}"] if since else []
    return _within_limit(head + title, changes, foot)


def _within_limit(head: list[str], changes: list[str], foot: list[str]) -> str:
    kept = list(changes)
    while len(body := "\n".join([*head, *kept, *_left_out(len(changes) - len(kept)), *foot])) > BODY_LIMIT:
        kept = kept[: len(kept) * 9 // 10]
    return body


def _left_out(count: int) -> list[str]:
    return [f"* … and {count} more"] if count else []
