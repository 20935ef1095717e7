"""Making a GitHub release: a draft, filled, then made visible (https://docs.github.com/rest/releases/releases).

Everything here may be repeated, by one run or by several at once: each step first looks what is there. A draft is
this pipeline's own when it has the tag's name and the commit as its target.
"""

import io
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from pipeline.errors import GithubUnavailable
from pipeline.github.releases import Asset, Release, checked, digest_of, published
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.GithubException import GithubException
    from github.GitRelease import GitRelease
    from github.Repository import Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The release as it should be; ``latest`` is whether it may be marked GitHub's Latest."""

    tag: Tag
    commit: str
    body: str
    latest: bool
    assets: tuple[Asset, ...] = ()


def publish(repository: "Repository", plan: Plan) -> Release:
    """Make the release, or finish the half-made one, and give back what is published."""
    release = published(repository, plan.tag) or _publish(repository, plan)
    made = checked(repository, release, plan.tag, plan.commit)
    if missing := tuple(asset for asset in plan.assets if made.lacks(asset.name)):
        _attach(release, missing)
    _remove_drafts(repository, plan)
    return checked(repository, published(repository, plan.tag) or release, plan.tag, plan.commit)


def _publish(repository: "Repository", plan: Plan) -> "GitRelease":
    """Fill the draft and make it visible. Another run may be first: GitHub then refuses a step, and has the release."""
    from github import GithubException

    draft = _draft(repository, plan)
    try:
        _attach(draft, plan.assets)
        _make_visible(draft, plan)
    except GithubException as error:
        if there := published(repository, plan.tag):
            return there
        if _is_overtaken(error):
            raise _overtaken(plan, error) from error
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
    return error.status == HTTPStatus.NOT_FOUND or "already_exists" in str(error.data)


def _overtaken(plan: Plan, error: "GithubException") -> GithubUnavailable:
    return GithubUnavailable(
        f"Something else changed GitHub's draft release of {plan.tag} while it was filled ({error.status}).",
        next="Run the same call again: it does only what is missing.",
        passing=True,
    )


def _drafts(repository: "Repository", plan: Plan) -> "list[GitRelease]":
    """The release's own drafts, oldest first. Only a list shows drafts; get-by-tag does not."""
    drafts = [
        release
        for release in repository.get_releases()
        if release.draft and release.tag_name == plan.tag.name and release.target_commitish == plan.commit
    ]
    return sorted(drafts, key=lambda release: release.id)


def _draft(repository: "Repository", plan: Plan) -> "GitRelease":
    """The one draft that all runs of this tag work on: the oldest."""
    if not _drafts(repository, plan):
        repository.create_git_release(
            plan.tag.name,
            name=plan.tag.name,
            message=plan.body,
            draft=True,
            prerelease=plan.tag.prerelease,
            target_commitish=plan.commit,
            make_latest="false",
        )
    drafts = _drafts(repository, plan)
    if not drafts:
        raise GithubUnavailable(
            f"GitHub took a draft release of {plan.tag}, but does not list it.",
            next="Run the same call again: it does only what is missing.",
            passing=True,
        )
    return drafts[0]


def _attach(draft: "GitRelease", assets: tuple[Asset, ...]) -> None:
    """Attach what is missing or differs; what another run is attaching right now has the same content."""
    from github import GithubException

    there = {asset.name: asset for asset in draft.get_assets()}
    for asset in assets:
        found = there.get(asset.name)
        if (
            found
            and found.state == "uploaded"
            and found.size == len(asset.content)
            and digest_of(found) == asset.digest
        ):
            continue
        if found:
            found.delete_asset()
        try:
            draft.upload_asset_from_memory(
                io.BytesIO(asset.content), len(asset.content), asset.name, asset.content_type
            )
        except GithubException as error:
            if "already_exists" not in str(error.data):
                raise


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


def _remove_drafts(repository: "Repository", plan: Plan) -> None:
    """Remove this release's other drafts, which runs at the same time made; another run may be at it too."""
    from github import UnknownObjectException

    for draft in _drafts(repository, plan):
        try:
            draft.delete_release()
        except UnknownObjectException:
            continue
