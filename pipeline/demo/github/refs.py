"""References and tag objects (https://docs.github.com/rest/git/refs, https://docs.github.com/rest/git/tags)."""

from typing import Any

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.call import RepositoryCall, segment
from pipeline.demo.github.commits import UNSIGNED
from pipeline.demo.github.errors import ApiError, not_found
from pipeline.demo.github.git import WHOLE_HASH, Ref
from pipeline.demo.github.people import timestamp

GIT_PATHS = {"commit": "commits", "tag": "tags", "tree": "trees", "blob": "blobs"}


async def get(call: RepositoryCall) -> Response:
    """``GET …/git/ref/{ref}``: exactly this one; an annotated tag is answered with its tag object."""
    ref = await call.git.ref(f"refs/{call.text('ref')}")
    if ref is None:
        raise not_found()
    return JSONResponse(ref_json(call, ref))


async def matching(call: RepositoryCall) -> Response:
    """``GET …/git/matching-refs/{ref}``: all that start with it, without pages."""
    refs = await call.git.refs(f"refs/{call.text('ref')}")
    return JSONResponse([ref_json(call, ref) for ref in refs])


async def create(call: RepositoryCall) -> Response:
    """``POST …/git/refs``."""
    fields = call.fields()
    name, sha = fields.required_text("ref"), fields.required_text("sha")
    if not name.startswith(("refs/heads/", "refs/tags/")) or not await call.git.is_well_formed(name):
        raise ApiError(422, f"{name} is not a valid ref name.")
    if await call.git.ref(name):
        raise ApiError(422, "Reference already exists")
    if name.removeprefix("refs/tags/") in call.repository.burned_tags:
        raise _against_rules("Cannot create ref due to creations being restricted.")
    kind = await _existing_type(call, sha)
    if not await call.git.set_ref(name, sha, expected=""):
        raise ApiError(422, "Reference update failed")
    body = ref_json(call, Ref(name, sha, kind))
    return JSONResponse(body, status_code=201, headers={"Location": body["url"]})


async def update(call: RepositoryCall) -> Response:
    """``PATCH …/git/refs/{ref}``: forward only, unless ``force``."""
    fields = call.fields()
    sha, ref = fields.required_text("sha"), await _existing(call)
    kind = await _existing_type(call, sha)
    _refuse_frozen(call, ref)
    if not fields.flag("force") and not await call.git.is_ancestor(ref.sha, sha):
        raise ApiError(422, "Update is not a fast forward")
    if not await call.git.set_ref(ref.name, sha, expected=ref.sha):
        raise ApiError(422, "Reference cannot be updated")
    return JSONResponse(ref_json(call, Ref(ref.name, sha, kind)))


async def delete(call: RepositoryCall) -> Response:
    """``DELETE …/git/refs/{ref}``: a release whose tag goes becomes a draft again."""
    ref = await _existing(call)
    _refuse_frozen(call, ref)
    await call.git.delete_ref(ref.name)
    for release in call.repository.releases.values():
        if ref.name == f"refs/tags/{release.tag_name}":
            release.draft = True
    return Response(status_code=204)


async def tag_object(call: RepositoryCall) -> Response:
    """``GET …/git/tags/{tag_sha}``: annotated tags only."""
    tag = await call.git.annotated_tag(call.text("tag_sha"))
    if tag is None:
        raise not_found()
    tagger = {"name": tag.tagger.name, "email": tag.tagger.email, "date": timestamp(tag.tagger.date)}
    return JSONResponse(
        {
            "node_id": f"TA_{tag.sha}",
            "sha": tag.sha,
            "url": f"{call.api}/git/tags/{tag.sha}",
            "tag": tag.tag,
            "message": tag.message,
            "tagger": tagger,
            "object": _object(call, tag.object_sha, tag.object_type),
            "verification": UNSIGNED,
        }
    )


def ref_json(call: RepositoryCall, ref: Ref) -> dict[str, Any]:
    """Return a reference as GitHub answers with it."""
    url = f"{call.api}/git/{segment(ref.name)}"
    return {"ref": ref.name, "node_id": f"REF_{ref.sha}", "url": url, "object": _object(call, ref.sha, ref.type)}


def _object(call: RepositoryCall, sha: str, kind: str) -> dict[str, str]:
    return {"sha": sha, "type": kind, "url": f"{call.api}/git/{GIT_PATHS[kind]}/{sha}"}


async def _existing(call: RepositoryCall) -> Ref:
    ref = await call.git.ref(f"refs/{call.text('ref')}")
    if ref is None:
        raise ApiError(422, "Reference does not exist")
    return ref


async def _existing_type(call: RepositoryCall, sha: str) -> str:
    if len(sha) != WHOLE_HASH:
        raise ApiError(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    kind = await call.git.object_type(sha)
    if kind is None:
        raise ApiError(422, "Object does not exist")
    return kind


def _refuse_frozen(call: RepositoryCall, ref: Ref) -> None:
    frozen = (release.tag_name for release in call.repository.releases.values() if release.immutable)
    if ref.name.removeprefix("refs/tags/") in frozen:
        raise _against_rules("Cannot update or delete a tag of an immutable release.")


def _against_rules(what: str) -> ApiError:
    return ApiError(422, f"Repository rule violations found\n\n{what}\n\n")
