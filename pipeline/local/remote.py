"""A git remote: its refs, always as they are there now, and a local cache of its commits and trees.

Two bare repositories per URL, because a tree is wanted alone and a history whole: ``history.git`` has commits
without trees, ``trees.git`` has single commits with everything in them.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from hashlib import sha256
from pathlib import Path

import anyio
import anyio.to_thread

from pipeline.local import git_program
from pipeline.local.failure import Failure
from pipeline.local.git_program import Git, Login
from pipeline.local.workspace import Workspace, locked_soon, remove
from pipeline.runtime.limits import Limits
from pipeline.runtime.once import Once

DEPTHS = (64, 1024, 16384)
"""How far back ancestry is looked for before the whole history is fetched."""

COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


class Remote:
    """One remote as one login sees it."""

    def __init__(self, url: str, login: Login | None, workspace: Workspace, limits: Limits) -> None:
        self.url = url
        self._folder = workspace.cache / "git" / sha256(url.encode()).hexdigest()[:32]
        self._workspace = workspace
        self._limits = limits
        self._git = Git(url, login, limits)
        self._trees: dict[tuple[str, str | None], Once[Path]] = {}

    async def refs(self) -> dict[str, str]:
        """Every branch and tag by its whole name, with the commit (annotated tags peeled), and ``HEAD``."""
        repository = await self._repository("history.git")
        listed = await self._git.remote(repository, ["ls-remote", "origin"], within=self._limits.git_refs)
        refs: dict[str, str] = {}
        for line in listed.text.splitlines():
            commit, _, name = line.partition("\t")
            # The peeled entry of an annotated tag comes right after the tag itself, and replaces it.
            refs[name.removesuffix("^{}")] = commit
        return refs

    async def merge_base(self, ours: str, theirs: str) -> str:
        """The best common ancestor of two commits of this remote.

        A shallow history that shows one to be the ancestor of the other is proof. Anything else it says is not, and
        more of the history is fetched, in the end all of it.
        """
        repository = await self._repository("history.git")
        async with self._lock(repository):
            for depth in (0, *DEPTHS, None):
                if depth != 0:
                    await self._fetch_history(repository, [ours, theirs], depth)
                base = await self._git.local(repository, ["merge-base", ours, theirs], ok=(0, 1, 128))
                if base.returncode == 0 and base.text in (ours, theirs):
                    return base.text
                if base.returncode == 0 and not (repository / "shallow").exists():
                    return base.text
                if depth != 0 and not (repository / "shallow").exists():
                    break
        raise Failure(f"git merge-base failed: {ours} and {theirs} have no common ancestor in {self.url}")

    async def _fetch_history(self, repository: Path, commits: Sequence[str], depth: int | None) -> None:
        if depth is None:
            reach = ["--unshallow"] if (repository / "shallow").exists() else []
        else:
            reach = [f"--depth={depth}"]
        fetch = ["fetch", "--no-tags", "--no-write-fetch-head", "--filter=tree:0", *reach, "origin"]
        await self._git.remote(repository, [*fetch, *_kept(commits)], within=self._limits.git_fetch)

    async def checkout(self, commit: str, name: str | None, folder: Path) -> None:
        """Write the whole tree of a commit to ``folder``; ``name`` is a ref to it, for servers that refuse a commit."""
        repository = await self._trees_with(commit, name)
        index = self._workspace.fresh("index")
        read = ["--work-tree", str(folder), "read-tree", "-u", "--reset", commit]
        await self._git.local(repository, read, env={"GIT_INDEX_FILE": str(index / "index")})
        if (folder / ".gitmodules").exists():
            await self.clone(commit, name, folder, depth=1, tags=False)
            await anyio.to_thread.run_sync(remove, folder / ".git")

    async def git_dir(self, commit: str, name: str | None, repository: Path) -> None:
        """Write the ``.git`` of a shallow checkout of one commit to ``repository``, without its files."""
        trees = await self._trees_with(commit, name)
        content = (await self._git.local(trees, ["cat-file", "commit", commit])).stdout
        await self._git.local(repository, ["init", "--quiet", "--template="])
        # The commit in a file of its own, where whoever wants to read it need not take a whole pack apart.
        await self._git.local(repository, ["hash-object", "-t", "commit", "-w", "--stdin"], stdin=content)
        async with self._lock(trees):
            await anyio.to_thread.run_sync(_link_objects, trees, repository)
        (repository / "shallow").write_text(f"{commit}\n")
        await self._git.local(repository, ["update-ref", name or "refs/heads/main", commit])

    async def clone(self, commit: str, name: str | None, folder: Path, *, depth: int, tags: bool) -> None:
        """Write a commit to ``folder`` with its ``.git`` and its submodules; ``depth`` 0 is the whole history."""
        repository = folder / ".git"
        within = self._limits.git_fetch
        await self._git.local(repository, ["init", "--quiet", "--template="])
        limit = [f"--depth={depth}"] if depth > 0 else []
        fetch = ["fetch", "--no-tags", "--no-write-fetch-head", *limit, "origin"]
        local_name = name or "refs/heads/main"
        await self._git.remote(repository, [*fetch, f"+{commit}:{local_name}"], within=within)
        if tags:
            await self._git.remote(repository, [*fetch, "+refs/tags/*:refs/tags/*"], within=within)
        await self._git.local(repository, ["--work-tree", str(folder), "checkout", "--quiet", "--force", commit])
        await self._git.local(repository, ["config", "remote.origin.url", self._git.url])
        if (folder / ".gitmodules").exists():
            update = ["--work-tree", str(folder), "submodule", "update", "--init", "--recursive", "--depth=1"]
            await self._git.remote(repository, update, within=within, cwd=folder)

    async def _trees_with(self, commit: str, name: str | None) -> Path:
        return await self._trees.setdefault((commit, name), Once(partial(self._fetched, commit, name)))()

    async def _fetched(self, commit: str, name: str | None) -> Path:
        repository = await self._repository("trees.git")
        async with self._lock(repository):
            if not await self._has(repository, commit):
                await self._fetch_tree(repository, commit, name)
        return repository

    async def _has(self, repository: Path, commit: str) -> bool:
        found = await self._git.local(repository, ["cat-file", "-e", f"{commit}^{{tree}}"], ok=(0, 1, 128))
        return found.returncode == 0

    async def _fetch_tree(self, repository: Path, commit: str, name: str | None) -> None:
        fetch = ["fetch", "--no-tags", "--no-write-fetch-head", "--depth=1", "origin"]
        within = self._limits.git_fetch
        try:
            await self._git.remote(repository, [*fetch, *_kept([commit])], within=within)
        except git_program.CommitRefused:
            if name is None:
                raise
            await self._git.remote(repository, [*fetch, f"+{name}:refs/kept/{commit}"], within=within)
            if not await self._has(repository, commit):
                raise Failure(f"{name} of {self.url} is no longer at {commit}") from None

    @asynccontextmanager
    async def _lock(self, repository: Path) -> AsyncIterator[None]:
        """Write to a repository alone, without what a killed run left in it."""
        async with locked_soon(repository.with_suffix(".lock"), within=self._limits.lock):
            await anyio.to_thread.run_sync(_sweep, repository)
            yield

    async def _repository(self, name: str) -> Path:
        repository = self._folder / name
        if not repository.exists():
            await anyio.to_thread.run_sync(self._folder.mkdir, 0o700, True, True)
            new = self._workspace.fresh("repository") / name
            await self._git.create(new, partial=name == "history.git")
            # Whole or not at all, whoever is killed; another run may have been first.
            with suppress(OSError):
                new.rename(repository)
        return repository


def whole_name(refs: Mapping[str, str], name: str) -> str | None:
    """The ref of ``refs`` that a person means by ``name``.

    A whole name (``refs/…``) means that ref and no other, so no branch can pass for a tag. A short one is looked up
    as git-checkout(1) does it, branches first.
    """
    candidates = [name] if name == "HEAD" or name.startswith("refs/") else [f"refs/heads/{name}", f"refs/tags/{name}"]
    return next((candidate for candidate in candidates if candidate in refs), None)


def _link_objects(source: Path, target: Path) -> None:
    """Give one repository all objects of another, without copying: files of objects never change."""
    shutil.copytree(source / "objects", target / "objects", copy_function=_link, dirs_exist_ok=True)


def _link(source: str, target: str) -> None:
    with suppress(FileExistsError):
        os.link(source, target)


def _sweep(repository: Path) -> None:
    """Remove git's own lock files and unfinished packs: who holds the repository's lock knows nobody is at work."""
    for pattern in ("*.lock", "refs/kept/*.lock", "objects/pack/tmp_*", "objects/pack/*.keep", "objects/*/tmp_obj_*"):
        for left in repository.glob(pattern):
            left.unlink(missing_ok=True)


def _kept(commits: Sequence[str]) -> list[str]:
    """Refspecs that keep each commit under a ref of its own, so that the next fetch can build on it."""
    return [f"+{commit}:refs/kept/{commit}" for commit in dict.fromkeys(commits)]
