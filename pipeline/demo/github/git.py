"""What the double asks a real git repository, and the changes it makes there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.process import Completed, ProgramFailed, run

WHOLE_HASH = 40
SHORT_HASH = 7
NOBODY = {
    "GIT_AUTHOR_NAME": "GitHub",
    "GIT_AUTHOR_EMAIL": "noreply@github.com",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
}
SECONDS = 60.0
COMMIT_FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B")


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference: its whole name, and the object it names."""

    name: str
    sha: str
    type: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or committed something, and when."""

    name: str
    email: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, as ``git log`` tells it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True)
class AnnotatedTag:
    """A tag object."""

    sha: str
    tag: str
    message: str
    tagger: Person
    object_sha: str
    object_type: str


@dataclass(frozen=True, slots=True)
class GitRepository:
    """A bare repository on this machine."""

    directory: Path

    async def git(self, *args: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> bytes:
        """Run one git command here; its standard output. Raises `pipeline.process.ProgramFailed`."""
        return (await self._run(*args, stdin=stdin, env=env)).stdout

    async def ask(self, *args: str) -> str | None:
        """One line of output, or None where git says no."""
        completed = await self._run(*args, check=False)
        return None if completed.returncode else completed.text

    async def refs(self, prefix: str = "refs/") -> list[Ref]:
        """All references whose whole name starts with ``prefix``, sorted."""
        lines = (await self.git("for-each-ref", "--format=%(refname)%00%(objectname)%00%(objecttype)")).decode()
        refs = [Ref(*line.split("\0")) for line in lines.splitlines()]
        return [ref for ref in refs if ref.name.startswith(prefix)]

    async def ref(self, name: str) -> Ref | None:
        """Return the reference with exactly this whole name."""
        return next((ref for ref in await self.refs(name) if ref.name == name), None)

    async def commit_of(self, revision: str) -> str | None:
        """Return the commit that a reference's whole name or an object's whole hash leads to."""
        return await self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")

    async def object_type(self, sha: str) -> str | None:
        """``commit``, ``tag``, ``tree``, ``blob``, or None where there is no such object."""
        return await self.ask("cat-file", "-t", sha)

    async def resolve(self, commitish: str) -> str | None:
        """Return the commit for what an API caller wrote: a hash of seven digits or more, a branch, a tag, or HEAD."""
        if commitish == "HEAD":
            return await self.commit_of("HEAD")
        for name in (f"refs/heads/{commitish}", f"refs/tags/{commitish}", f"refs/{commitish}", commitish):
            if name.startswith("refs/") and await self.ref(name):
                return await self.commit_of(name)
        return await self.commit_of(commitish) if _looks_like_hash(commitish, least=SHORT_HASH) else None

    async def target(self, commitish: str) -> str | None:
        """Return the commit for a release's target: a branch, or a commit's whole hash; nothing else will do."""
        if await self.ref(f"refs/heads/{commitish}"):
            return await self.commit_of(f"refs/heads/{commitish}")
        return await self.commit_of(commitish) if _looks_like_hash(commitish, least=WHOLE_HASH) else None

    async def commits(self, *args: str) -> list[Commit]:
        """Return what ``git log`` lists for these arguments."""
        output = (await self.git("log", "-z", "--format=" + "%x00".join(COMMIT_FIELDS), *args)).decode(errors="replace")
        values = output.split("\0") if output else []
        width = len(COMMIT_FIELDS)
        return [_commit(values[start : start + width]) for start in range(0, len(values) - width + 1, width)]

    async def commit(self, sha: str) -> Commit:
        """One commit by its hash."""
        return (await self.commits("--max-count=1", sha, "--"))[0]

    async def annotated_tag(self, sha: str) -> AnnotatedTag | None:
        """Return the tag object with this hash."""
        if await self.object_type(sha) != "tag":
            return None
        head, _, message = (await self.git("cat-file", "tag", sha)).decode(errors="replace").partition("\n\n")
        fields = dict(line.partition(" ")[::2] for line in head.splitlines())
        return AnnotatedTag(sha, fields["tag"], message.rstrip("\n"), _tagger(fields), fields["object"], fields["type"])

    async def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits."""
        return await self.ask("merge-base", one, other)

    async def is_ancestor(self, ancestor: str, of: str) -> bool:
        """Whether a commit is reachable from another."""
        return await self.ask("merge-base", "--is-ancestor", ancestor, of) is not None

    async def is_well_formed(self, ref: str) -> bool:
        """Whether this can be a reference's whole name: git-check-ref-format(1)."""
        return await self.ask("check-ref-format", ref) is not None

    async def set_ref(self, name: str, sha: str, *, expected: str | None = None) -> bool:
        """Point a reference at an object; with ``expected``, only if that is where it points now."""
        args = [name, sha] if expected is None else [name, sha, expected]
        try:
            await self.git("update-ref", *args)
        except ProgramFailed:
            return False
        return True

    async def delete_ref(self, name: str) -> None:
        """Remove a reference."""
        await self.git("update-ref", "-d", name)

    async def _run(
        self, *args: str, stdin: bytes = b"", env: dict[str, str] | None = None, check: bool = True
    ) -> Completed:
        argv = ["git", f"--git-dir={self.directory}", *args]
        return await run(argv, timeout=SECONDS, stdin=stdin, env={**NOBODY, **(env or {})}, check=check)


def _looks_like_hash(text: str, *, least: int) -> bool:
    return least <= len(text) <= WHOLE_HASH and all(digit in "0123456789abcdef" for digit in text)


def _commit(values: list[str]) -> Commit:
    sha, tree, parents, *people, message = values
    author = Person(people[0], people[1], datetime.fromtimestamp(int(people[2]), UTC))
    committer = Person(people[3], people[4], datetime.fromtimestamp(int(people[5]), UTC))
    return Commit(sha, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))


def _tagger(fields: dict[str, str]) -> Person:
    who, _, when = fields.get("tagger", "nobody <> 0 +0000").rpartition("> ")
    name, _, email = who.partition(" <")
    return Person(name, email, datetime.fromtimestamp(int(when.split()[0]), UTC))
