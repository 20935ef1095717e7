"""Release notes: what changed since the service's previous release, and how to get the artifact.

The same tag always gives the same notes: nothing in them depends on when they are written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.github.history import Commit, History
from pipeline.github.message import Message, read_message
from pipeline.markdown import code, inline
from pipeline.tag import Tag

BODY_LIMIT = 125_000
"""Characters GitHub takes as a release's body. Bytes are counted here, of which there are never fewer."""

BREAKING, OTHER = "Breaking changes", "Other changes"

GROUPS = {
    "feat": "Features", "fix": "Fixes", "perf": "Performance", "revert": "Reverts", "docs": "Documentation",
}  # fmt: skip
"""Headings by commit type, in their order; a breaking change comes before them, every other type after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What the notes of one release are made of.

    ``web`` is the repository's page; ``paths`` is what of the monorepo is looked at, all where it is empty; ``since``
    is the previous release, if there is one; ``history`` is None where nobody can tell it; ``instructions`` say, in
    Markdown, how to get the artifact.
    """

    web: str
    tag: Tag
    paths: Sequence[str]
    since: Tag | None
    history: History | None
    instructions: str

    def render(self) -> str:
        """The notes as Markdown, within GitHub's limit whatever the history: the last changes give way."""
        commits = self.history.commits if self.history else ()
        groups = self._groups(commits)
        fits, too_many = 0, len(commits) + 1
        while too_many - fits > 1:
            kept = (fits + too_many) // 2
            if len(self._body(groups, kept).encode()) <= BODY_LIMIT:
                fits = kept
            else:
                too_many = kept
        return self._body(groups, fits)

    def _body(self, groups: Mapping[str, Sequence[str]], kept: int) -> str:
        """All of it, with ``kept`` changes: those under the headings that matter most."""
        parts = [self.instructions, f"## Changes since {self.since}" if self.since else "## First release"]
        parts += self._summary()
        left = kept
        for heading, lines in groups.items():
            shown, left = lines[:left], max(0, left - len(lines))
            parts += [f"### {heading}\n\n" + "\n".join(shown)] if shown else []
        out = sum(map(len, groups.values())) - kept
        parts += [f"… and {_counted(out, 'more commit')}."] if out > 0 else []
        parts += [f"**All changes**: {self.web}/compare/{self.since}...{self.tag}"] if self.since else []
        return "\n\n".join(parts) + "\n"

    def _summary(self) -> list[str]:
        if self.since is None:
            return []
        if self.history is None:
            return [f"It shares no history with {self.since}, so that what changed cannot be told."]
        commits = self.history.commits
        where = f" that touch {', '.join(code(path) for path in self.paths)}" if self.paths else ""
        if not commits:
            return [f"No commits{where}."]
        pulls = len({commit.pull for commit in commits if commit.pull})
        most = "" if self.history.whole else "The newest "
        return [f"{most}{_counted(len(commits), 'commit')} of {_counted(pulls, 'pull request')}{where}."]

    def _groups(self, commits: Sequence[Commit]) -> dict[str, list[str]]:
        """A line per commit, by heading."""
        groups: dict[str, list[str]] = {heading: [] for heading in (BREAKING, *GROUPS.values(), OTHER)}
        for commit in commits:
            message = read_message(commit.message)
            heading = BREAKING if message.breaking else GROUPS.get(message.type, OTHER)
            groups[heading].append(self._line(commit, message))
        return groups

    def _line(self, commit: Commit, message: Message) -> str:
        scope = f"**{inline(message.scope)}:** " if message.scope and message.scope != self.tag.service else ""
        pull = f"[#{commit.pull}]({self.web}/pull/{commit.pull}), " if commit.pull else ""
        link = f"[`{commit.sha[:12]}`]({self.web}/commit/{commit.sha})"
        return f"* {scope}{inline(message.text) or 'no message'} ({pull}{link}) by {self._author(commit)}"

    def _author(self, commit: Commit) -> str:
        """Who made it: a link, where a mention would notify them of every candidate."""
        if not commit.login:
            return inline(commit.author, limit=60) or "unknown"
        host = self.web.rsplit("/", 2)[0]
        app = f"apps/{commit.login.removesuffix('[bot]')}" if commit.login.endswith("[bot]") else commit.login
        return f"[{inline(commit.login)}]({host}/{app})"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
