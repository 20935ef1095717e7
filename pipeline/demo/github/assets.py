"""Files of a release (https://docs.github.com/rest/releases/assets)."""

import hashlib
import re
from typing import Any

from starlette.responses import JSONResponse, RedirectResponse, Response

from pipeline.demo.github.call import Call, RepositoryCall, segment
from pipeline.demo.github.errors import ApiError, invalid, not_found, validation_failed
from pipeline.demo.github.pages import link_header, wanted_page
from pipeline.demo.github.people import now, simple_user, timestamp
from pipeline.demo.github.store import Asset, Release


async def listing(call: RepositoryCall) -> Response:
    """``GET …/releases/{release_id}/assets``."""
    release = _release(call)
    page = wanted_page(call)
    assets = list(release.assets.values())
    body = [asset_json(call, release, asset) for asset in page.of(assets)]
    return JSONResponse(body, headers=link_header(call, page, len(assets)))


async def upload(call: RepositoryCall) -> Response:
    """``POST …/releases/{release_id}/assets?name=…``: at GitHub on another host, which ``upload_url`` names."""
    release, name = _release(call), call.query("name")
    if name is None:
        raise validation_failed(invalid("ReleaseAsset", "name", "missing_field"))
    if not call.body:
        raise ApiError(400, "Bad Content-Length: ")
    if release.immutable:
        raise ApiError(422, "Cannot upload assets to an immutable release.")
    _refuse_taken(release, stored := stored_name(name))
    asset = Asset(
        id=call.store.new_id(),
        name=stored,
        label=call.request.query_params.get("label"),
        content_type=call.request.headers.get("content-type", "application/octet-stream"),
        content=call.body,
        uploader=call.login,
        created_at=now(),
        updated_at=now(),
    )
    release.assets[asset.id] = asset
    return JSONResponse(asset_json(call, release, asset), status_code=201)


async def get(call: RepositoryCall) -> Response:
    """``GET …/releases/assets/{asset_id}``: about the asset, or, for ``application/octet-stream``, the way to it."""
    release, asset = _find(call)
    if "application/octet-stream" in call.request.headers.get("accept", ""):
        return RedirectResponse(f"{call.origin}/storage/{asset.storage_key}", status_code=302)
    return JSONResponse(asset_json(call, release, asset))


async def update(call: RepositoryCall) -> Response:
    """``PATCH …/releases/assets/{asset_id}``: its name and label."""
    release, asset = _find(call)
    fields = call.fields()
    if release.immutable:
        raise _custom("Cannot update asset from an immutable release")
    name = stored_name(fields.text("name") or asset.name)
    if name != asset.name:
        _refuse_taken(release, name)
    asset.name, asset.updated_at = name, now()
    if fields.has("label"):
        asset.label = fields.text("label")
    return JSONResponse(asset_json(call, release, asset))


async def delete(call: RepositoryCall) -> Response:
    """``DELETE …/releases/assets/{asset_id}``."""
    release, asset = _find(call)
    if release.immutable:
        raise _custom("Cannot delete asset from an immutable release")
    del release.assets[asset.id]
    return Response(status_code=204)


async def download(call: Call) -> Response:
    """``GET /storage/{key}``, where `get` leads to: no token needed, the address is the secret."""
    releases = (release for repository in call.store.repositories.values() for release in repository.releases.values())
    for asset in (asset for release in releases for asset in release.assets.values()):
        if asset.storage_key == call.text("key"):
            return _content(asset)
    raise not_found()


async def browser_download(call: RepositoryCall) -> Response:
    """``GET /{owner}/{repo}/releases/download/{tag}/{name}``: what people and installers fetch."""
    tag, _, name = call.text("path").rpartition("/")
    for release in call.repository.releases.values():
        assets = [asset for asset in release.assets.values() if asset.name == name]
        if release.tag_name == tag and not release.draft and assets:
            return _content(assets[0])
    raise not_found()


def asset_json(call: RepositoryCall, release: Release, asset: Asset) -> dict[str, Any]:
    """Return an asset as GitHub answers with it."""
    tag = f"untagged-{release.id:020x}" if release.draft else segment(release.tag_name)
    return {
        "url": f"{call.api}/releases/assets/{asset.id}",
        "id": asset.id,
        "node_id": f"RA_{asset.id}",
        "name": asset.name,
        "label": asset.label,
        "uploader": simple_user(call.origin, asset.uploader),
        "content_type": asset.content_type,
        "state": "uploaded" if asset.content else "starter",
        "size": len(asset.content),
        "digest": _digest(call, asset),
        "download_count": asset.download_count,
        "created_at": timestamp(asset.created_at),
        "updated_at": timestamp(asset.updated_at),
        "browser_download_url": f"{call.html}/releases/download/{tag}/{asset.name}",
    }


def stored_name(name: str) -> str:
    """Return the name GitHub gives a file: what is not alphanumeric or one of ``._+@-`` becomes a period."""
    plain = re.sub(r"[^A-Za-z0-9_+@-]+", ".", name).rstrip(".")
    return f"default{plain}" if plain.startswith(".") else plain


def _digest(call: RepositoryCall, asset: Asset) -> str | None:
    told = call.repository.tells_digests and asset.content
    return f"sha256:{hashlib.sha256(asset.content).hexdigest()}" if told else None


def _content(asset: Asset) -> Response:
    asset.download_count += 1
    return Response(asset.content, media_type=asset.content_type)


def _refuse_taken(release: Release, name: str) -> None:
    if any(asset.name == name for asset in release.assets.values()):
        raise validation_failed(invalid("ReleaseAsset", "name", "already_exists"))


def _release(call: RepositoryCall) -> Release:
    release = call.repository.releases.get(call.number("release_id"))
    if release is None or (release.draft and not call.can_push):
        raise not_found()
    return release


def _find(call: RepositoryCall) -> tuple[Release, Asset]:
    number = call.number("asset_id")
    for release in call.repository.releases.values():
        if number in release.assets and (call.can_push or not release.draft):
            return release, release.assets[number]
    raise not_found()


def _custom(message: str) -> ApiError:
    return validation_failed(invalid("ReleaseAsset", None, "custom", message))
