"""Commits and branches (https://docs.github.com/rest/commits/commits, https://docs.github.com/rest/branches/branches)."""

from typing import Any

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.call import RepositoryCall
from pipeline.demo.github.changes import changed_files, stats
from pipeline.demo.github.errors import ApiError, not_found
from pipeline.demo.github.git import Commit, Person
from pipeline.demo.github.pages import link_header, wanted_page
from pipeline.demo.github.people import timestamp

UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}
FILES_PER_PAGE = 300


async def listing(call: RepositoryCall) -> Response:
    """``GET …/commits``: newest first, from ``sha``, touching ``path``."""
    start = call.query("sha")
    sha = await call.git.resolve(start or call.repository.default_branch)
    if sha is None:
        raise not_found()
    paths = [path] if (path := call.query("path")) else []
    limits = [f"--{name}={value}" for name in ("since", "until", "author") if (value := call.query(name))]
    page = wanted_page(call)
    total = int((await call.git.git("rev-list", "--count", *limits, sha, "--", *paths)).decode())
    window = [f"--skip={(page.number - 1) * page.size}", f"--max-count={page.size}"]
    commits = await call.git.commits(*window, *limits, sha, "--", *paths)
    return JSONResponse([commit_json(call, commit) for commit in commits], headers=link_header(call, page, total))


async def get(call: RepositoryCall) -> Response:
    """``GET …/commits/{ref}``: with its changed files, 300 a page."""
    name = call.text("ref")
    sha = await call.git.resolve(name)
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {name}")
    commit = await call.git.commit(sha)
    files = await changed_files(call, commit.parents[0] if commit.parents else None, sha)
    page = wanted_page(call, maximum=FILES_PER_PAGE)
    shown = page.of(files) if call.query("per_page") or call.query("page") else files[:FILES_PER_PAGE]
    return JSONResponse({**commit_json(call, commit), "stats": stats(files), "files": list(shown)})


async def branch(call: RepositoryCall) -> Response:
    """``GET …/branches/{branch}``."""
    name = call.text("branch")
    ref = await call.git.ref(f"refs/heads/{name}")
    if ref is None:
        raise ApiError(404, "Branch not found")
    api = f"{call.api}/branches/{name}"
    checks = {"enforcement_level": "off", "contexts": [], "checks": []}
    body = {
        "name": name,
        "commit": commit_json(call, await call.git.commit(ref.sha)),
        "_links": {"self": api, "html": f"{call.html}/tree/{name}"},
        "protected": False,
        "protection": {"enabled": False, "required_status_checks": checks},
        "protection_url": f"{api}/protection",
    }
    return JSONResponse(body)


def commit_json(call: RepositoryCall, commit: Commit) -> dict[str, Any]:
    """Return a commit as it stands in lists; nobody's address is known to belong to a user here."""
    api = f"{call.api}/commits/{commit.sha}"
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "commit": {
            "author": person_json(commit.author),
            "committer": person_json(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree, "url": f"{call.api}/git/trees/{commit.tree}"},
            "url": f"{call.api}/git/commits/{commit.sha}",
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "url": api,
        "html_url": f"{call.html}/commit/{commit.sha}",
        "comments_url": f"{api}/comments",
        "author": None,
        "committer": None,
        "parents": [parent_json(call, parent) for parent in commit.parents],
    }


def parent_json(call: RepositoryCall, sha: str) -> dict[str, str]:
    """Return a commit that another one names as its parent."""
    return {"sha": sha, "url": f"{call.api}/commits/{sha}", "html_url": f"{call.html}/commit/{sha}"}


def person_json(person: Person) -> dict[str, str]:
    """Return an author or committer."""
    return {"name": person.name, "email": person.email, "date": timestamp(person.date)}
