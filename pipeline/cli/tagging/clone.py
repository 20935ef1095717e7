"""A person's clone of the monorepo, through their own git: what it knows of origin, and what was committed since.

Refs are spelled whole, so that a branch named like a tag cannot win; nothing here looks at the working tree or at
what is checked out.
"""

import os
import re
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import GitUnavailable, NoClone, NotAuthorized, PipelineError, TagNotFound, ToolMissing, shown
from pipeline.github.message import pull_in
from pipeline.process import Completed, ProgramFailed, ProgramMissing, run_sync
from pipeline.programs import advice

REMOTE = "origin"

FETCH = ("fetch", "--write-fetch-head", "--no-prune", "--no-prune-tags", "--no-recurse-submodules",
         "--no-auto-maintenance", "--end-of-options", REMOTE)  # fmt: skip
"""A fetch that changes nothing but what it is asked for, whatever the person's configuration says."""

CLOBBER = "(would clobber existing tag)"

FORMAT = "%H%x00%P%x00%aN%x00%s"

_FETCHED_TAG = re.compile(r"(?P<id>[0-9a-f]{40,64})\t[a-z-]*\ttag '(?P<name>.+)' of ")

_AT_GITHUB = re.compile(r"(?:^|[/@.])github\.com(?::|:?[0-9]*/+)([^/:]+/[^/]+?)(?:\.git)?/?$")

_LOCKED_OUT = ("authentication failed", "could not read username", "terminal prompts disabled", "permission denied",
               "error: 401", "error: 403", "host key verification failed", "access denied", "protected",
               "repository rule violations", "pre-receive hook declined", "repository not found")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One commit, by its ID, its parents' IDs, its author's name and its subject line."""

    sha: str
    parents: str
    author: str
    subject: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What was committed between two commits, newest first, and the pull requests that brought it."""

    commits: tuple[Change, ...]
    pulls: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clone:
    """The clone in ``folder``, whose remote ``origin`` has the branch ``main``."""

    folder: Path
    main: str

    @classmethod
    def open(cls, folder: Path, main: str) -> "Clone":
        """Raises `NoClone` unless the folder is in a whole clone that has an origin."""
        clone = cls(folder, main)
        try:
            shallow = clone.git("rev-parse", "--is-shallow-repository").text == "true"
        except ProgramFailed as error:
            raise NoClone(
                f"{shown(str(folder))} is not in a git repository: {_said(error)}.",
                next="Run it in a clone of the monorepo, or name one: --clone PATH.",
            ) from None
        if REMOTE not in clone.git("remote").text.split("\n"):
            raise NoClone(
                f"The clone in {shown(str(folder))} has no remote named {REMOTE}.",
                next=f"Add it: git remote add {REMOTE} URL.",
            )
        if shallow:
            raise NoClone(
                f"The clone in {shown(str(folder))} is shallow: it does not have the history that tags are checked by.",
                next=f"Get it: git fetch --unshallow {REMOTE}.",
            )
        return clone

    @property
    def main_ref(self) -> str:
        """Where the clone keeps origin's main branch."""
        return f"refs/remotes/{REMOTE}/{self.main}"

    @property
    def repository(self) -> str | None:
        """The repository at GitHub that origin is, ``owner/name``; None where origin is elsewhere."""
        found = _AT_GITHUB.search(self.git("config", "--get", f"remote.{REMOTE}.url", check=False).text)
        return found[1] if found else None

    def fetch(self) -> dict[str, str]:
        """Fetch origin's main branch and all tags; gives back every tag that origin has, with its object's ID.

        The clone's own tags stay as they are, also where origin has others of their name. Raises `GitUnavailable`
        or `NotAuthorized`.
        """
        refs = [f"+refs/heads/{self.main}:{self.main_ref}", "refs/tags/*:refs/tags/*"]
        fetched = self.git(*FETCH, *refs, check=False)
        if fetched.returncode and (CLOBBER not in fetched.stderr or "fatal:" in fetched.stderr):
            raise origin_error(fetched, f"{REMOTE} cannot be fetched")
        path = self.folder / self.git("rev-parse", "--git-path", "FETCH_HEAD").text
        return _tags_in(path.read_text(encoding="utf-8", errors="replace"))

    def tags(self, services: Collection[str]) -> dict[str, str]:
        """The clone's own tags of some services, with the IDs of their objects."""
        prefixes = [f"refs/tags/{service}/" for service in services]
        listed = self.git("for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", *prefixes).text
        return {name: object_id for object_id, _, name in (line.partition(" ") for line in listed.split("\n") if line)}

    def commits_of(self, object_ids: Iterable[str]) -> dict[str, str]:
        """The commits that tags lead to, by their objects' IDs; what leads to none is left out."""
        ids = list(object_ids)
        if not ids:
            return {}
        asked = "".join(f"{object_id}^{{commit}}\n" for object_id in ids).encode()
        answers = self.git("cat-file", "--batch-check=%(objectname)", stdin=asked).text.split("\n")
        return {object_id: answer for object_id, answer in zip(ids, answers, strict=True) if " " not in answer}

    def commit(self, name: str) -> str:
        """The commit that a person named: an ID, ``HEAD``, or a branch at origin. Raises `TagNotFound`."""
        # Origin has a HEAD too, but it is not the one that a person has in mind.
        revisions = (name,) if name == "HEAD" else (f"refs/remotes/{REMOTE}/{name}", name)
        for revision in revisions:
            found = self.git(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", check=False
            )
            if not found.returncode:
                return found.text
        raise TagNotFound(
            f"This clone has no commit {shown(name)}.", next=f"Name a commit's ID, HEAD, or a branch at {REMOTE}."
        )

    def is_on_main(self, commit: str) -> bool:
        """Whether a commit is reachable from origin's main branch, as last fetched."""
        return not self.git("merge-base", "--is-ancestor", commit, self.main_ref, check=False).returncode

    def described(self, commit: str) -> Change:
        """One commit."""
        return self._commits("--no-walk", commit)[0]

    def changes(self, base: str, head: str, paths: Collection[str]) -> Changes:
        """What is in ``head`` and not in ``base``, of what touches ``paths``, or of all where there are none."""
        within = ["--", *(f":(top,literal){path}" for path in paths)] if paths else ["--"]
        # On the first-parent line a merge stands for what it brought to main; the commits it brought are beside it.
        line = self._commits("--first-parent", f"{base}..{head}", *within)
        merged = any(" " in change.parents for change in line)
        commits = self._commits("--no-merges", f"{base}..{head}", *within) if merged else line
        pulls = {pull for change in (*line, *commits) if (pull := pull_in(change.subject))}
        return Changes(commits, tuple(sorted(pulls)))

    def _commits(self, *arguments: str) -> tuple[Change, ...]:
        listed = self.git("rev-list", "--no-commit-header", f"--format={FORMAT}", *arguments).text
        return tuple(Change(*line.split("\0", 3)) for line in listed.split("\n") if line)

    def git(self, *arguments: str, stdin: bytes = b"", check: bool = True) -> Completed:
        """Run git here; with messages in English, since they are read. Raises `ToolMissing`."""
        silent: Mapping[str, str] = {} if sys.stdin.isatty() else {"GIT_TERMINAL_PROMPT": "0"}
        env = {"LC_ALL": "C", **silent}
        try:
            return run_sync(
                ["git", "-C", os.fspath(self.folder), *arguments], env=env, stdin=stdin, check=check, asks=True
            )
        except ProgramMissing:
            raise ToolMissing("The program git is not on the PATH.", next=advice("git")) from None


def origin_error(completed: Completed, what: str) -> PipelineError:
    """The error for a git command that origin, or the way to it, made fail."""
    said = _said(ProgramFailed(completed))
    if any(word in completed.stderr.lower() for word in _LOCKED_OUT):
        return NotAuthorized(
            f"{what}: {said}.", next=f"See that this machine's git may do it: git push --dry-run {REMOTE}."
        )
    return GitUnavailable(f"{what}: {said}.", next="Check the network, then run the same command again.")


def _tags_in(fetch_head: str) -> dict[str, str]:
    """What FETCH_HEAD says of tags: the ID, ``not-for-merge`` and ``tag '<name>' of <url>``, a line each."""
    found = (_FETCHED_TAG.match(line) for line in fetch_head.split("\n"))
    return {match["name"]: match["id"] for match in found if match}


def _said(error: ProgramFailed) -> str:
    """The line in which git says what is wrong."""
    lines = [line.strip() for line in error.completed.stderr.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "remote:", "error:", "!"))] or lines
    return telling[0].rstrip(".") if telling else f"git ended with exit code {error.completed.returncode}"
