"""Files (https://docs.github.com/rest/repos/contents)."""

import base64
import binascii
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.call import Fields, RepositoryCall, segment
from pipeline.demo.github.commits import UNSIGNED, parent_json, person_json
from pipeline.demo.github.errors import ApiError, malformed, not_found
from pipeline.demo.github.git import Commit
from pipeline.process import ProgramFailed

KINDS = {"blob": "file", "tree": "dir", "commit": "file"}
REGULAR_FILE = "100644"


@dataclass(frozen=True, slots=True)
class _Write:
    branch: str
    path: str
    content: bytes
    message: str
    people: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    mode: str
    type: str
    sha: str
    size: int
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


async def get(call: RepositoryCall) -> Response:
    """``GET …/contents/{path}``: a file with its content, or the list of a directory."""
    ref = call.query("ref") or call.repository.default_branch
    path = call.text("path").strip("/")
    commit = await call.git.resolve(ref)
    if commit is None:
        raise ApiError(404, f"No commit found for the ref {ref}")
    entry = await _entry(call, commit, path) if path else None
    if path and entry is None:
        raise not_found()
    if entry is None or entry.type == "tree":
        return JSONResponse([_entry_json(call, ref, child) for child in await _children(call, commit, path)])
    content = await call.git.git("cat-file", "blob", entry.sha)
    if "raw" in call.request.headers.get("accept", ""):
        return Response(content, media_type="application/vnd.github.raw+json; charset=utf-8")
    encoded = base64.encodebytes(content).decode()
    return JSONResponse({**_entry_json(call, ref, entry), "content": encoded, "encoding": "base64"})


async def put(call: RepositoryCall) -> Response:
    """``PUT …/contents/{path}``: one commit that writes one file; an existing one only with its blob's ``sha``."""
    fields = call.fields()
    write = _wanted(call, fields)
    parent = await call.git.commit_of(f"refs/heads/{write.branch}")
    if parent is None:
        raise ApiError(404, f"Branch {write.branch} not found")
    old = await _entry(call, parent, write.path)
    _check_sha(write.path, old, fields.text("sha"))
    sha = await _commit(call, parent, write)
    if not await call.git.set_ref(f"refs/heads/{write.branch}", sha, expected=parent):
        raise ApiError(409, f"{write.branch} was updated by another request")
    content = [_entry_json(call, write.branch, new) for new in await _entries_at(call, sha, write.path)]
    body = {"content": content[0], "commit": _commit_json(call, await call.git.commit(sha))}
    return JSONResponse(body, status_code=200 if old else 201)


def _wanted(call: RepositoryCall, fields: Fields) -> _Write:
    return _Write(
        branch=fields.text("branch") or call.repository.default_branch,
        path=call.text("path").strip("/"),
        content=_content(fields),
        message=fields.required_text("message"),
        people=_people(call, fields),
    )


def _content(fields: Fields) -> bytes:
    try:
        return base64.b64decode(fields.required_text("content"), validate=False)
    except binascii.Error:
        raise ApiError(422, "content is not valid Base64") from None


def _check_sha(path: str, old: _Entry | None, sha: str | None) -> None:
    if old is None:
        return
    if sha is None:
        raise malformed('"sha" wasn\'t supplied.')
    if old.sha != sha:
        raise ApiError(409, f"{path} does not match {sha}")


async def _commit(call: RepositoryCall, parent: str, write: _Write) -> str:
    blob = (await call.git.git("hash-object", "-w", "--stdin", stdin=write.content)).decode().strip()
    entry = f"{REGULAR_FILE},{blob},{write.path}"
    with tempfile.TemporaryDirectory(prefix="github-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        await call.git.git("read-tree", parent, env=index)
        try:
            await call.git.git("update-index", "--add", "--cacheinfo", entry, env=index)
        except ProgramFailed:
            raise ApiError(422, "path contains a malformed path component") from None
        tree = (await call.git.git("write-tree", env=index)).decode().strip()
    message = write.message.encode()
    output = await call.git.git("commit-tree", tree, "-p", parent, "-F", "-", stdin=message, env=write.people)
    return output.decode().strip()


def _people(call: RepositoryCall, fields: Fields) -> dict[str, str]:
    caller = {"name": call.login, "email": f"{call.login}@users.noreply.github.com"}
    committer = {**caller, **_person(fields, "committer")}
    author = {**committer, **_person(fields, "author")}
    people = {"COMMITTER": committer, "AUTHOR": author}
    return {f"GIT_{role}_{key.upper()}": value for role, person in people.items() for key, value in person.items()}


def _person(fields: Fields, name: str) -> dict[str, str]:
    person = fields.nested(name)
    return {key: person.required_text(key) for key in ("name", "email")} if person else {}


async def _entry(call: RepositoryCall, commit: str, path: str) -> _Entry | None:
    return next(iter(await _entries_at(call, commit, path)), None)


async def _entries_at(call: RepositoryCall, commit: str, path: str) -> list[_Entry]:
    return _entries(await call.git.git("ls-tree", "-z", "-l", "--full-tree", commit, "--", path))


async def _children(call: RepositoryCall, commit: str, path: str) -> list[_Entry]:
    return await _entries_at(call, commit, f"{path}/" if path else ".")


def _entries(output: bytes) -> list[_Entry]:
    entries = []
    for line in filter(None, output.decode(errors="replace").split("\0")):
        about, _, path = line.partition("\t")
        mode, kind, sha, size = about.split()
        entries.append(_Entry(mode, kind, sha, 0 if size == "-" else int(size), path))
    return entries


def _entry_json(call: RepositoryCall, ref: str, entry: _Entry) -> dict[str, Any]:
    path, is_dir = segment(entry.path), entry.type == "tree"
    api = f"{call.api}/contents/{path}?ref={segment(ref)}"
    html = f"{call.html}/{'tree' if is_dir else 'blob'}/{segment(ref)}/{path}"
    git = f"{call.api}/git/{'trees' if is_dir else 'blobs'}/{entry.sha}"
    return {
        "name": entry.name,
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size,
        "url": api,
        "html_url": html,
        "git_url": git,
        "download_url": None if is_dir else f"{call.html}/raw/{segment(ref)}/{path}",
        "type": KINDS[entry.type],
        "_links": {"self": api, "git": git, "html": html},
    }


def _commit_json(call: RepositoryCall, commit: Commit) -> dict[str, Any]:
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "url": f"{call.api}/git/commits/{commit.sha}",
        "html_url": f"{call.html}/commit/{commit.sha}",
        "author": person_json(commit.author),
        "committer": person_json(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{call.api}/git/trees/{commit.tree}"},
        "parents": [parent_json(call, parent) for parent in commit.parents],
        "verification": UNSIGNED,
    }
