"""What GitHub demands of a release, and what publishing one does.

https://docs.github.com/rest/releases/releases#create-a-release,
https://docs.github.com/code-security/concepts/supply-chain-security/immutable-releases
"""

from dataclasses import dataclass
from typing import Any

from pipeline.demo.github.errors import ApiError, invalid, validation_failed
from pipeline.demo.github.git import GitRepository
from pipeline.demo.github.latest import make_latest
from pipeline.demo.github.people import now
from pipeline.demo.github.store import MakeLatest, Release, Repository

LONGEST_BODY = 125_000

Errors = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Change:
    """A release as it is meant to be, and as it was; ``before`` is None for a new one."""

    repository: Repository
    git: GitRepository
    before: Release | None
    after: Release
    make_latest: MakeLatest | None

    @property
    def publishes(self) -> bool:
        """Whether this makes a release visible that was not before."""
        return not self.after.draft and (self.before is None or self.before.draft)


async def save(change: Change) -> None:
    """Check a change against all rules, then carry it out. Raises the 422 that lists every rule it breaks."""
    target = await change.git.target(change.after.target_commitish)
    errors = [*_frozen(change), *_texts(change), *await _tag(change, target), *_latest(change)]
    if target is None:
        raise validation_failed(*errors, invalid("Release", "target_commitish", "invalid"))
    if errors:
        raise validation_failed(*errors)
    await _carry_out(change, target)


def empty_repository() -> ApiError:
    """There is nothing to release in a repository without a commit."""
    return ApiError(422, "Repository is empty.")


async def _carry_out(change: Change, target: str) -> None:
    release, tag = change.after, f"refs/tags/{change.after.tag_name}"
    tagged = await change.git.ref(tag)
    if change.publishes:
        if tagged is None:
            await change.git.set_ref(tag, target)
        _publish(change)
    commit = await change.git.commit(await change.git.commit_of(tag) or target)
    release.created_at = commit.committer.date
    release.updated_at = now()
    change.repository.releases[release.id] = release
    if not release.draft and (how := _how_latest(change)):
        make_latest(change.repository, release, how)


def _publish(change: Change) -> None:
    change.after.published_at = change.after.published_at or now()
    if change.repository.immutable_releases:
        change.after.immutable = True
        change.repository.burned_tags.add(change.after.tag_name)


def _how_latest(change: Change) -> MakeLatest | None:
    by_default: MakeLatest | None = "true" if change.publishes and not change.after.prerelease else None
    return change.make_latest or by_default


def _frozen(change: Change) -> Errors:
    if change.before is None or not change.before.immutable:
        return []
    changed = {
        "state": change.after.draft,
        "tag_name": change.after.tag_name != change.before.tag_name,
        "target_commitish": change.after.target_commitish != change.before.target_commitish,
    }
    return [
        _custom(f"{field} cannot be changed when release is immutable", field) for field in changed if changed[field]
    ]


def _texts(change: Change) -> Errors:
    too_long = len(change.after.body or "") > LONGEST_BODY
    return [_custom(f"body is too long (maximum is {LONGEST_BODY} characters)", "body")] if too_long else []


async def _tag(change: Change, target: str | None) -> Errors:
    if change.after.draft:
        return []
    name, errors = change.after.tag_name, []
    if not await change.git.is_well_formed(f"refs/tags/{name}"):
        errors.append(_custom("tag_name is not well-formed", "tag_name"))
    elif target is None and await change.git.ref(f"refs/tags/{name}") is None:
        errors.append(_custom("tag_name is not a valid tag", "tag_name"))
    elif name in change.repository.burned_tags and not change.after.immutable:
        errors.append(_custom("tag_name was used by an immutable release", "tag_name"))
    if errors:
        errors.append(_custom("Published releases must have a valid tag"))
    if _is_taken(change):
        errors.append(invalid("Release", "tag_name", "already_exists"))
    return errors


def _is_taken(change: Change) -> bool:
    others = (other for other in change.repository.releases.values() if other.id != change.after.id)
    return any(not other.draft and other.tag_name == change.after.tag_name for other in others)


def _latest(change: Change) -> Errors:
    cannot_be = change.after.draft or change.after.prerelease
    wrong = change.make_latest == "true" and cannot_be
    return [_custom("Latest release cannot be draft or prerelease.")] if wrong else []


def _custom(message: str, field: str | None = None) -> dict[str, Any]:
    return invalid("Release", field, "custom", message)
