"""``GitRepository`` and ``GitRef``: what the API says about a git remote."""

import fnmatch
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio.to_thread

from pipeline.local import tree
from pipeline.local.checkout import Checkout
from pipeline.local.context import Context
from pipeline.local.directory import Directory
from pipeline.local.failure import Failure
from pipeline.local.graph import Node
from pipeline.local.remote import COMMIT, Remote, whole_name
from pipeline.runtime.once import Once


class GitRepository(Node):
    """A remote. Its refs are listed once, when the first of them is asked for, as on the Dagger engine."""

    def __init__(self, context: Context, url: str, connect: Callable[[], Awaitable[Remote]], *, discard: bool) -> None:
        self._context = context
        self._refs = Once(self._list)
        self._discard = discard
        self.url = url
        self.remote = Once(connect)

    def ref(self, name: str) -> "GitRef":
        """A branch, a tag or a commit by name. ``refs/…`` is that ref and no other."""

        async def find() -> tuple[str | None, str]:
            if COMMIT.fullmatch(name):
                return None, name
            refs = await self._refs()
            found = whole_name(refs, name)
            if found is None:
                raise Failure(f'repository does not contain ref "{name}"')
            return found, refs[found]

        return GitRef(self._context, self, Once(find), discard=self._discard)

    def commit(self, id: str) -> "GitRef":  # noqa: A002 - the API's own word
        """A commit by its ID."""
        if not COMMIT.fullmatch(id):
            raise Failure(f'invalid commit SHA: "{id}"')
        return self.ref(id)

    async def tags(self, patterns: list[str] | None = None) -> list[str]:
        """Tag names without ``refs/tags/``, those that match one of the patterns (see git-ls-remote(1))."""
        return await self._names("refs/tags/", patterns)

    async def branches(self, patterns: list[str] | None = None) -> list[str]:
        """Branch names without ``refs/heads/``, those that match one of the patterns (see git-ls-remote(1))."""
        return await self._names("refs/heads/", patterns)

    async def _names(self, prefix: str, patterns: list[str] | None) -> list[str]:
        refs = await self._refs()
        return [
            name.removeprefix(prefix)
            for name in refs
            if name.startswith(prefix) and (not patterns or any(_tail_matches(name, pattern) for pattern in patterns))
        ]

    async def _list(self) -> dict[str, str]:
        return await (await self.remote()).refs()


class GitRef(Node):
    """A commit, and the name it was found by if there is one."""

    def __init__(
        self, context: Context, repository: GitRepository, found: Once[tuple[str | None, str]], *, discard: bool
    ) -> None:
        self._context = context
        self.repository = repository
        self._found = found
        self._discard = discard

    async def ref(self) -> str:
        """The whole name, or the commit where there is no name."""
        name, commit = await self._found()
        return name or commit

    async def commit(self) -> str:
        """The commit's ID."""
        return (await self._found())[1]

    def tree(self, discard_git_dir: bool, depth: int, include_tags: bool) -> Directory:
        """The files of the commit, submodules included, and ``.git`` unless it is to be left out."""

        async def check_out() -> Path:
            name, commit = await self._found()
            remote = await self.repository.remote()
            folder = self._context.workspace.fresh("tree")
            if discard_git_dir or self._discard:
                await remote.checkout(commit, name, folder)
            else:
                await remote.clone(commit, name, folder, depth=depth, tags=include_tags)
            await anyio.to_thread.run_sync(tree.set_times, folder)
            return folder

        root = Once(check_out)

        async def origin() -> str | None:
            # What a submodule's files are is also up to the person's own git configuration.
            return None if (await root() / ".gitmodules").exists() else await self.commit()

        if discard_git_dir or self._discard:
            return Directory(self._context, root, origin=origin)
        shallow = depth == 1 and not include_tags
        return Checkout(self._context, root, without_git=self._plain, git_dir=self._git_dir if shallow else None)

    def _plain(self) -> Directory:
        return self.tree(discard_git_dir=True, depth=1, include_tags=False)

    async def _git_dir(self) -> Path:
        name, commit = await self._found()
        folder = self._context.workspace.fresh("git-dir")
        await (await self.repository.remote()).git_dir(commit, name, folder)
        return folder

    def common_ancestor(self, other: "GitRef") -> "GitRef":
        """The best common ancestor of this commit and another one of the same repository."""

        async def find() -> tuple[str | None, str]:
            remote = await self.repository.remote()
            if (await other.repository.remote()).url != remote.url:
                raise Failure("a common ancestor needs two refs of one repository")
            return None, await remote.merge_base(await self.commit(), await other.commit())

        return GitRef(self._context, self.repository, Once(find), discard=self._discard)


def _tail_matches(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(f"/{name}", f"*/{pattern}")
