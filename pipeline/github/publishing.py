"""Making a GitHub release: a draft, filled, then made visible (https://docs.github.com/rest/releases/releases).

Everything here may be repeated, by one run or by several at once: each step first looks what is there.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from pipeline.errors import GithubUnavailable
from pipeline.github import claim, drafts
from pipeline.github.claim import Again, Waiting
from pipeline.github.drafts import Election
from pipeline.github.releases import RECORD, Asset, Release, checked, digest_of, published
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.GitRelease import GitRelease
    from github.GitReleaseAsset import GitReleaseAsset
    from github.Repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The release as it should be; ``latest`` is whether it may be marked GitHub's Latest."""

    tag: Tag
    commit: str
    body: str
    latest: bool
    assets: tuple[Asset, ...] = ()


def publish(repository: "Repository", plan: Plan, election: Election) -> Release:
    """Make the release, or finish the half-made one, and give back what is published.

    Raises `Waiting` while another run's claim is on the draft, and where another draft is the one to work on.
    """
    release = published(repository, plan.tag) or _publish(repository, plan, election)
    made = checked(repository, release, plan.tag, plan.commit)
    if missing := tuple(asset for asset in plan.assets if made.lacks(asset.name)):
        _attach(release, missing, plan.tag)
    election.remove_others(repository, release.id)
    return checked(repository, published(repository, plan.tag) or release, plan.tag, plan.commit)


def _publish(repository: "Repository", plan: Plan, election: Election) -> "GitRelease":
    """Fill the draft and make it visible. Another run may be first: GitHub then refuses a step, and has the release."""
    from github import GithubException

    draft = election.draft(repository, plan.tag, plan.commit)
    if draft is None or election.finds_older(repository, plan.tag, plan.commit):
        raise Waiting(Again())
    try:
        _attach(draft, plan.assets, plan.tag)
        _check_record(draft, plan)
        _make_visible(draft, plan)
    except GithubException as error:
        if there := published(repository, plan.tag):
            return there
        if _is_overtaken(error):
            raise drafts.overtaken(plan.tag) from error
        raise
    if there := published(repository, plan.tag):
        return there
    raise GithubUnavailable(
        f"GitHub took the release of {plan.tag}, but does not show it yet.",
        next="Run the same call again: it does only what is missing.",
        passing=True,
    )


def _is_overtaken(error: "GithubException") -> bool:
    """Whether a draft is gone or may not be published, which is another run's doing."""
    return error.status == HTTPStatus.NOT_FOUND or drafts.is_taken(error)


def _attach(draft: "GitRelease", assets: tuple[Asset, ...], tag: Tag) -> None:
    """Attach what is missing or differs; what another run is attaching right now has the same content.

    Raises `Waiting` while another run's claim is in the record's place, which may also come in between.
    """
    there = _by_name(draft, draft.assets)
    for asset in assets:
        found = there.get(asset.name)
        if found and _is_whole(found, asset):
            continue
        if found:
            found.delete_asset()
        if not _upload(draft, asset) and asset.name not in _by_name(draft, draft.get_assets()):
            raise drafts.overtaken(tag)


def _by_name(draft: "GitRelease", assets: "Iterable[GitReleaseAsset]") -> "dict[str, GitReleaseAsset]":
    there = {asset.name: asset for asset in assets}
    if (record := there.get(RECORD)) and (taken := claim.seen(draft, record)).may_be_claim:
        raise Waiting(taken)
    return there


def _check_record(draft: "GitRelease", plan: Plan) -> None:
    """See that the draft has its record now: what is published then names what is pushed, and is nobody's claim.

    Raises `Waiting` for a claim, and a passing `GithubUnavailable` where the record is gone or is another.
    """
    there = _by_name(draft, draft.get_assets()).get(RECORD)
    for record in (asset for asset in plan.assets if asset.name == RECORD):
        if there is None or not _is_whole(there, record):
            raise drafts.overtaken(plan.tag)


def _is_whole(found: "GitReleaseAsset", asset: Asset) -> bool:
    same_size = found.state == "uploaded" and found.size == len(asset.content)
    return same_size and digest_of(found) in (asset.digest, None)


def _upload(draft: "GitRelease", asset: Asset) -> bool:
    """Attach a file, unless one of that name is there."""
    from github import GithubException

    try:
        draft.upload_asset_from_memory(io.BytesIO(asset.content), len(asset.content), asset.name, asset.content_type)
    except GithubException as error:
        if drafts.is_taken(error):
            return False
        raise
    return True


def _make_visible(draft: "GitRelease", plan: Plan) -> None:
    """Publish the draft. ``make_latest`` is always said: GitHub's own default is ``true``."""
    draft.update_release(
        plan.tag.name,
        plan.body,
        draft=False,
        prerelease=plan.tag.prerelease,
        tag_name=plan.tag.name,
        target_commitish=plan.commit,
        make_latest="true" if plan.latest else "false",
    )
