"""A commit's message, read: its Conventional Commits type (https://www.conventionalcommits.org/en/v1.0.0/) and the
pull request that GitHub wrote into it.
"""

import re
from dataclasses import dataclass

_SUBJECT = re.compile(r"(?P<type>[A-Za-z]+)(\((?P<scope>[^()]*)\))?(?P<breaking>!)?: +(?P<text>.+)")
_BREAKING_FOOTER = re.compile(r"^BREAKING[ -]CHANGE: ", re.MULTILINE)
_SQUASHED = re.compile(r"\s*\(#([1-9][0-9]{0,8})\)$", re.ASCII)
_MERGED = re.compile(r"Merge pull request #([1-9][0-9]{0,8}) from .+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Message:
    """What a commit's message says. ``type`` and ``scope`` are empty where it is not a conventional one."""

    type: str
    scope: str
    text: str
    breaking: bool
    pull: int | None


def read_message(message: str) -> Message:
    """Read a whole message, or only its subject line; nothing is an error."""
    subject = message.partition("\n")[0].strip()
    pull = pull_in(subject)
    plain = _SQUASHED.sub("", subject)
    form = _SUBJECT.fullmatch(plain)
    footer = _BREAKING_FOOTER.search(message) is not None
    if form is None:
        return Message("", "", plain, footer, pull)
    return Message(form["type"].lower(), form["scope"] or "", form["text"], bool(form["breaking"]) or footer, pull)


def pull_in(subject: str) -> int | None:
    """The pull request that GitHub put into a subject line: ``… (#123)`` when it squashed, or its merge commit's."""
    found = _SQUASHED.search(subject) or _MERGED.fullmatch(subject)
    return int(found[1]) if found else None
