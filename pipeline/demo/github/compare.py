"""Two commits compared (https://docs.github.com/rest/commits/commits#compare-two-commits)."""

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.call import RepositoryCall, segment
from pipeline.demo.github.changes import changed_files
from pipeline.demo.github.commits import commit_json
from pipeline.demo.github.errors import ApiError, not_found
from pipeline.demo.github.pages import Page, link_header, wanted_page

MOST_COMMITS = 250
MOST_FILES = 300


async def compare(call: RepositoryCall) -> Response:
    """``GET …/compare/{basehead}``: what ``head`` has that ``base`` has not, oldest first.

    Unpaged, the newest 250 commits. Paged, files come on the first page only.
    """
    names = call.text("basehead").partition("...")[::2]
    base, head = [await _resolve(call, name) for name in names]
    ancestor = await call.git.merge_base(base, head)
    if ancestor is None:
        raise ApiError(404, f"No common ancestor between {names[0]} and {names[1]}.")
    behind, ahead = (await call.git.git("rev-list", "--left-right", "--count", f"{base}...{head}")).decode().split()
    page = wanted_page(call) if call.query("page") or call.query("per_page") else None
    commits = await call.git.commits(*_window(page, int(ahead)), f"{base}..{head}", "--")
    files = await changed_files(call, ancestor, head) if page is None or page.number == 1 else []
    api = f"{call.api}/compare/{segment(names[0])}...{segment(names[1])}"
    html = f"{call.html}/compare/{segment(names[0])}...{segment(names[1])}"
    body = {
        "url": api,
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": commit_json(call, await call.git.commit(base)),
        "merge_base_commit": commit_json(call, await call.git.commit(ancestor)),
        "status": _status(int(ahead), int(behind)),
        "ahead_by": int(ahead),
        "behind_by": int(behind),
        "total_commits": int(ahead),
        "commits": [commit_json(call, commit) for commit in reversed(commits)],
        "files": files[:MOST_FILES],
    }
    return JSONResponse(body, headers=link_header(call, page, int(ahead)) if page else None)


def _window(page: Page | None, ahead: int) -> list[str]:
    """Return the part of git's newest-first list that holds this page of the oldest-first one."""
    if page is None:
        return [f"--max-count={MOST_COMMITS}"]
    start = min(ahead, (page.number - 1) * page.size)
    stop = min(ahead, start + page.size)
    return [f"--skip={ahead - stop}", f"--max-count={stop - start}"]


def _status(ahead: int, behind: int) -> str:
    if ahead and behind:
        return "diverged"
    return "ahead" if ahead else "behind" if behind else "identical"


async def _resolve(call: RepositoryCall, name: str) -> str:
    sha = await call.git.resolve(name)
    if sha is None:
        raise not_found()
    return sha
