"""A throwaway monorepo: a bare repository with a past, and the few things a test or a demo does to one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pipeline import process
from pipeline.demo.fast_import import ISOLATED, Files, Signature, Stream, import_stream
from pipeline.demo.history import HOUR, NOTHING, START, describe

_CONFIG = """\
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[gc]
	auto = 0
[http]
	receivepack = {pushes}
"""


@dataclass(frozen=True, slots=True)
class Monorepo:
    """A bare repository that `pipeline.demo.git_server.GitServer` can serve.

    The same calls in the same order make the same commit ids: all dates follow from the history itself.
    Every method raises `pipeline.process.ProgramFailed` when git refuses.
    """

    git_dir: Path

    @classmethod
    def create(cls, git_dir: Path, *, base_image: str, pushes: bool = False) -> Self:
        """Make the repository, with its services built on ``base_image`` and the past told in `history`."""
        monorepo = cls.create_empty(git_dir, pushes=pushes)
        import_stream(git_dir, describe(base_image))
        return monorepo

    @classmethod
    def create_empty(cls, git_dir: Path, *, pushes: bool = False) -> Self:
        """Make a repository without commits; it allows partial clones, and pushes if told so."""
        monorepo = cls(git_dir)
        argv = ["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(git_dir)]
        process.run_sync(argv, env=ISOLATED)
        with git_dir.joinpath("config").open("a") as config:
            config.write(_CONFIG.format(pushes=str(pushes).lower()))
        return monorepo

    @property
    def head(self) -> str:
        """The last commit of main."""
        return self.commit_of("refs/heads/main")

    def commit_of(self, ref: str) -> str:
        """Return the commit that a ref or id names, annotated tags peeled; spell refs whole (``refs/tags/…``)."""
        return self._git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")

    def refs(self) -> Mapping[str, str]:
        """List all branches and tags with the commits they name."""
        lines = self._git("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)").splitlines()
        return {name: ids[-1] for name, *ids in map(str.split, lines)}

    def commit(self, files: Files, *, message: str, branch: str = "main", author: str = "test maintainer") -> str:
        """Commit contents by path (None deletes one) to a branch, which starts at main when it is new.

        Returns the new commit's id.
        """
        ref = f"refs/heads/{branch}"
        parent = next((known for known in (ref, "refs/heads/main") if known in self.refs()), None)
        return self._commit_on(parent, ref, files, message, author)

    def tag(self, name: str, commit: str = "refs/heads/main", *, annotated: bool = False) -> str:
        """Make a tag that does not exist yet; returns the commit it names."""
        target = self.commit_of(commit)
        self._git("update-ref", f"refs/tags/{name}", target, NOTHING)
        if annotated:
            self._annotate(name, target)
        return target

    def move_tag(self, name: str, commit: str = "refs/heads/main", *, annotated: bool = False) -> str:
        """Let an existing tag name another commit, which this function returns."""
        self.delete_tag(name)
        return self.tag(name, commit, annotated=annotated)

    def delete_tag(self, name: str) -> None:
        """Delete a tag; one that is not there is an error."""
        self._git("update-ref", "-d", f"refs/tags/{name}", self._git("rev-parse", "--verify", f"refs/tags/{name}"))

    def rewrite_main(self, *, onto: str = "refs/heads/main^", message: str = "chore: rewrite history") -> str:
        """Force main to a new commit on top of ``onto``: what came after that is on main no more.

        Returns the new commit's id.
        """
        files = {"REWRITTEN.md": f"{message}\n"}
        return self._commit_on(self.commit_of(onto), "refs/heads/main", files, message, "platform maintainer")

    def _commit_on(self, parent: str | None, ref: str, files: Files, message: str, author: str) -> str:
        stream = Stream()
        by = Signature(author, self._time_after(parent) if parent else START)
        parents = [f"{parent}^0"] if parent else []
        stream.ask_id(stream.commit(ref, by=by, message=message, parents=parents, files=files))
        return import_stream(self.git_dir, stream)[0]

    def _annotate(self, name: str, target: str) -> None:
        stream = Stream()
        stream.tag(name, target, by=Signature("release maintainer", self._time_after(target)), message=name)
        import_stream(self.git_dir, stream)

    def _time_after(self, commit: str) -> int:
        return int(self._git("log", "-1", "--format=%ct", commit)) + HOUR

    def _git(self, *arguments: str) -> str:
        return process.run_sync(["git", f"--git-dir={self.git_dir}", *arguments], env=ISOLATED).text
