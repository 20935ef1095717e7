"""The git remote: what a tag points at, whether that is on main, and the tagged tree.

Refs are always spelled whole, so that a branch named like a tag cannot win. Everything after `resolve` works on
the commit it pinned.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import dagger
from dagger import dag

from pipeline import commit_object
from pipeline.addresses import SSH_URL
from pipeline.errors import (
    FORWARD_FIX,
    BadFlag,
    BuildFailed,
    GitUnavailable,
    NotAuthorized,
    NotOnMain,
    PipelineError,
    RefShadowed,
    TagMoved,
    TagNotFound,
    shown,
)
from pipeline.runtime import limits
from pipeline.runtime.credentials import Credential
from pipeline.runtime.session import first_line, fresh, read
from pipeline.tag import Tag, tags_of

USERNAME = "x-access-token"
"""GitHub takes any user name beside a token; this is the one its documentation uses."""

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where the monorepo is: its URL, its main branch, and what opens it, if it needs opening."""

    url: str
    main: str
    credential: Credential

    def repository(self, *, again: bool = False) -> dagger.GitRepository:
        """The remote; with ``again`` as a recipe that this session has not answered yet."""
        username = f"{USERNAME}-{fresh()}" if again else USERNAME
        return dag.git(self.url, http_auth_username=username, http_auth_token=self.credential.secret)


@dataclass(frozen=True, slots=True)
class Pinned:
    """A commit that was read from the remote, the ref that gave it, and the remote as it was then."""

    commit: str
    ref: dagger.GitRef
    repository: dagger.GitRepository


async def resolve(source: Source, tag: Tag, *, again: bool = False) -> Pinned:
    """What the tag points at, annotated tags peeled; with ``again``, read anew.

    Raises `TagNotFound` when the remote has no such tag, `GitUnavailable` when it cannot be asked.
    """
    try:
        return await _pin(source, source.repository(again=again), tag.ref)
    except TagNotFound as error:
        raise await _without_tag(source, tag) from error


async def resolve_ref(source: Source, ref: str) -> Pinned:
    """What a branch, or a whole commit ID, points at: it stands in for a tag in a rehearsal.

    Raises `BadFlag` for what is neither, `TagNotFound` when the remote does not have it.
    """
    repository = source.repository()
    if _COMMIT.fullmatch(ref):
        return await _pin(source, repository, ref)
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._/+-]*", ref) or ".." in ref:
        raise BadFlag(
            f"--ref {shown(ref)} is neither a branch nor a whole commit ID.", next="Name a branch, such as main."
        )
    return await _pin(source, repository, ref if ref.startswith("refs/") else f"refs/heads/{ref}")


async def verify_ancestry(source: Source, pinned: Pinned, tag: Tag) -> None:
    """Raise `NotOnMain` unless the pinned commit is reachable from the main branch, as the remote was when it was read."""
    branch = f"refs/heads/{source.main}"
    main = pinned.repository.ref(branch)

    def told(message: str) -> PipelineError:
        if "merge-base" in message:
            return _not_on_main(source, pinned, tag)
        return explain(source, branch if branch in message else pinned.commit, message)

    await _check_name(source, main, branch)
    ancestor = await read(
        lambda: pinned.ref.common_ancestor(main).commit(), explain=told, within=limits.current().git_fetch
    )
    if ancestor != pinned.commit:
        raise _not_on_main(source, pinned, tag)


async def verify_unmoved(source: Source, pinned: Pinned, tag: Tag) -> Pinned:
    """The tag, read once more from the remote as it is now.

    Raises `TagMoved` when it is gone or points elsewhere than ``pinned``.
    """
    try:
        now = await _pin(source, source.repository(again=True), tag.ref)
    except TagNotFound:
        raise TagMoved(
            f"{tag} was deleted at {source.url} while it was being released.",
            next=f"Nothing was published. Find out who deleted it. {FORWARD_FIX}",
        ) from None
    if now.commit != pinned.commit:
        raise TagMoved(
            f"{tag} moved from {pinned.commit[:12]} to {now.commit[:12]} while it was being released.",
            next=f"Nothing was published. Find out who moved it. {FORWARD_FIX}",
        )
    return now


async def released_tags(source: Source, service: str, *, again: bool = False) -> list[Tag]:
    """All release tags of a service at the remote, lowest version first; with ``again``, read anew."""
    repository = source.repository(again=again)
    names = await read(
        lambda: repository.tags(patterns=[f"refs/tags/{service}/v*"]),
        explain=lambda message: explain(source, "", message),
        within=limits.current().git_refs,
    )
    return tags_of(service, [name.removeprefix("refs/tags/") for name in names])


def tree(pinned: Pinned) -> dagger.Directory:
    """The pinned commit's files, without its git directory."""
    return pinned.ref.tree().without_directory(".git")


async def commit_time(source: Source, pinned: Pinned) -> datetime:
    """The commit's own time, in UTC, read from the commit object: no field of the Dagger API has it."""
    from dulwich.objects import Commit

    raw = await read(
        lambda: commit_object.read(pinned.ref.tree().directory(".git"), pinned.commit),
        explain=lambda message: explain(source, pinned.commit, message),
        within=limits.current().git_fetch,
    )
    if raw is None:
        raise BuildFailed(
            f"The commit {pinned.commit} is not in its own checkout.",
            next="This is a defect of the session that made the checkout: please report it with `pipeline doctor`'s output.",
        )
    commit = Commit.from_string(raw)
    return datetime.fromtimestamp(commit.commit_time, tz=UTC)


async def _pin(source: Source, repository: dagger.GitRepository, name: str) -> Pinned:
    """What a ref, spelled whole, or a commit ID names."""
    ref = repository.commit(name) if _COMMIT.fullmatch(name) else repository.ref(name)
    within = limits.current().git_refs
    commit = await read(ref.commit, explain=lambda message: explain(source, name, message), within=within)
    await _check_name(source, ref, name)
    return Pinned(commit, ref, repository)


async def _check_name(source: Source, ref: dagger.GitRef, name: str) -> None:
    """Raise `RefShadowed` unless the ref is really the one that was named.

    A Dagger engine takes a branch whose own name is ``refs/tags/vault/v0.4.0`` before the tag of that name.
    """
    if not name.startswith("refs/"):
        return
    found = await read(ref.ref, explain=lambda message: explain(source, name, message))
    if found != name:
        raise RefShadowed(
            f"{source.url} answers for {name} with {shown(found)}, a branch that is named like a whole ref.",
            next=f"Delete that branch: git push origin --delete {found}.",
        )


async def _without_tag(source: Source, tag: Tag) -> TagNotFound:
    """The error for a missing tag; a branch of the same name is the likeliest mistake, so it is looked for."""
    try:
        await _pin(source, source.repository(), f"refs/heads/{tag.name}")
    except PipelineError:
        return TagNotFound(
            f"{source.url} has no tag {tag}.",
            next=f"Make it and push it: pipeline tag {tag.service}@v{tag.version}. "
            f"Or rehearse it first: pipeline release --tag {tag} --dry-run --ref {source.main}.",
        )
    return TagNotFound(
        f"{source.url} has a branch named {tag}, but no tag: a branch is never released.",
        next=f"Rename the branch, then push the tag whole: git push origin {tag.ref}.",
    )


def _not_on_main(source: Source, pinned: Pinned, tag: Tag) -> NotOnMain:
    return NotOnMain(
        f"{tag} points at {pinned.commit[:12]}, which is not on {source.main} of {source.url}.",
        next=f"Merge it to {source.main}, then tag the merged commit with a new version.",
    )


_ABSENT = ("does not contain ref", "couldn't find remote ref", "not our ref", "did not send all necessary objects",
           "unadvertised object", "sha fetch unsupported", "not a tree", "bad object")  # fmt: skip
_SSH_ADVICE = "See that ssh knows the host and has a key for it, as git ls-remote needs too; or pass an https:// URL."
_HTTP_ADVICE = "Pass a token that may read it: --github-token env://GITHUB_TOKEN."
_LOCKED_OUT = ("authentication failed", "could not read username", "terminal prompts disabled", "invalid username",
               "error: 401", "error: 403", "permission denied", "authentication required")  # fmt: skip


def explain(source: Source, ref: str, message: str) -> PipelineError:
    """What a session said of the remote, or of a ref or commit of it, as an error."""
    words = message.lower()
    if any(word in words for word in _ABSENT):
        return TagNotFound(f"{source.url} has no {shown(ref)}.", next="Check the name; refs are case-sensitive.")
    if any(word in words for word in _LOCKED_OUT):
        return NotAuthorized(
            f"{source.url} did not let the pipeline in: {first_line(message)}.",
            next=_SSH_ADVICE if SSH_URL.match(source.url) else _HTTP_ADVICE,
        )
    if "repository not found" in words or "error: 404" in words:
        return NotAuthorized(
            f"{source.url} is not a repository this token may see.",
            next="Check `repository` in services.toml and the token's access, or pass --git-url.",
        )
    if "secret" in words and "not found" in words:
        return NotAuthorized(
            f"The GitHub token is not there: {first_line(message)}.",
            next="Set the variable that --github-token names.",
        )
    return GitUnavailable(
        f"{source.url} did not answer: {first_line(message)}.",
        next="Check the address and the network, then run the same call again.",
        passing=True,
    )
