"""Releases (https://docs.github.com/rest/releases/releases)."""

from dataclasses import replace
from typing import Any, cast

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.assets import asset_json
from pipeline.demo.github.call import Fields, RepositoryCall, segment
from pipeline.demo.github.errors import malformed, not_found
from pipeline.demo.github.latest import latest_release
from pipeline.demo.github.notes import notes_for
from pipeline.demo.github.pages import link_header, wanted_page
from pipeline.demo.github.people import now, simple_user, timestamp
from pipeline.demo.github.release_rules import Change, empty_repository, save
from pipeline.demo.github.store import MakeLatest, Release


async def listing(call: RepositoryCall) -> Response:
    """``GET …/releases``: newest first, with drafts for those who can push."""
    releases = sorted(_listed(call), key=lambda release: (release.created_at, release.id), reverse=True)
    page = wanted_page(call)
    body = [release_json(call, release) for release in page.of(releases)]
    return JSONResponse(body, headers=link_header(call, page, len(releases)))


async def create(call: RepositoryCall) -> Response:
    """``POST …/releases``."""
    if call.repository.git is None:
        raise empty_repository()
    fields = call.fields()
    blank = Release(
        id=call.store.new_id(),
        tag_name=fields.required_text("tag_name"),
        target_commitish=call.repository.default_branch,
        name=None,
        body=None,
        draft=False,
        prerelease=False,
        author=call.login,
        created_at=now(),
        unlisted=call.repository.list_lag,
    )
    release = _with(blank, fields)
    if fields.flag("generate_release_notes"):
        generated = await notes_for(call, release.tag_name, release.target_commitish, previous=None)
        release.name = release.name or release.tag_name
        release.body = "\n\n".join(filter(None, (release.body, generated)))
    await save(Change(call.repository, call.git, None, release, _make_latest(fields)))
    body = release_json(call, release)
    return JSONResponse(body, status_code=201, headers={"Location": body["url"]})


async def get(call: RepositoryCall) -> Response:
    """``GET …/releases/{release_id}``."""
    return JSONResponse(release_json(call, find_release(call)))


async def latest(call: RepositoryCall) -> Response:
    """``GET …/releases/latest``."""
    release = latest_release(call.repository)
    if release is None:
        raise not_found()
    return JSONResponse(release_json(call, release))


async def by_tag(call: RepositoryCall) -> Response:
    """``GET …/releases/tags/{tag}``: drafts are not found here, whoever asks."""
    for release in call.repository.releases.values():
        if release.tag_name == call.text("tag") and not release.draft:
            return JSONResponse(release_json(call, release))
    raise not_found()


async def update(call: RepositoryCall) -> Response:
    """``PATCH …/releases/{release_id}``."""
    fields, before = call.fields(), find_release(call)
    after = _with(before, fields)
    await save(Change(call.repository, call.git, before, after, _make_latest(fields)))
    return JSONResponse(release_json(call, after))


async def delete(call: RepositoryCall) -> Response:
    """``DELETE …/releases/{release_id}``: the tag stays."""
    del call.repository.releases[find_release(call).id]
    return Response(status_code=204)


def find_release(call: RepositoryCall) -> Release:
    """Return the release in the path. Raises the 404 for what is not there or not for the caller to see."""
    number = call.number("release_id")
    for release in _visible(call):
        if release.id == number:
            return release
    raise not_found()


def release_json(call: RepositoryCall, release: Release) -> dict[str, Any]:
    """Return a release as GitHub answers with it; an untagged draft has an address of its own."""
    api = f"{call.api}/releases/{release.id}"
    shown_tag = f"untagged-{release.id:020x}" if release.draft else segment(release.tag_name)
    archive = None if release.draft else segment(release.tag_name)
    return {
        "url": api,
        "assets_url": f"{api}/assets",
        "upload_url": f"{api}/assets{{?name,label}}",
        "html_url": f"{call.html}/releases/tag/{shown_tag}",
        "id": release.id,
        "author": simple_user(call.origin, release.author),
        "node_id": f"RE_{release.id}",
        "tag_name": release.tag_name,
        "target_commitish": release.target_commitish,
        "name": release.name,
        "draft": release.draft,
        "immutable": release.immutable,
        "prerelease": release.prerelease,
        "created_at": timestamp(release.created_at),
        "updated_at": timestamp(release.updated_at or release.created_at),
        "published_at": timestamp(release.published_at) if release.published_at else None,
        "assets": [asset_json(call, release, asset) for asset in release.assets.values()],
        "tarball_url": archive and f"{call.api}/tarball/{archive}",
        "zipball_url": archive and f"{call.api}/zipball/{archive}",
        "body": release.body,
    }


def _visible(call: RepositoryCall) -> list[Release]:
    releases = call.repository.releases.values()
    return [release for release in releases if call.can_push or not release.draft]


def _listed(call: RepositoryCall) -> list[Release]:
    visible = _visible(call)
    listed = [release for release in visible if not release.unlisted]
    for release in visible:
        release.unlisted = max(0, release.unlisted - 1)
    return listed


def _with(release: Release, fields: Fields) -> Release:
    if fields.text("discussion_category_name"):
        raise malformed("Discussions are disabled for this repository.")
    texts = {name: fields.text(name) for name in ("tag_name", "target_commitish", "name", "body")}
    flags = {name: fields.flag(name) for name in ("draft", "prerelease")}
    sent = {name: value for name, value in {**texts, **flags}.items() if value is not None}
    return replace(release, **cast("dict[str, Any]", sent))


def _make_latest(fields: Fields) -> MakeLatest | None:
    return cast("MakeLatest | None", fields.choice("make_latest", "true", "false", "legacy"))
