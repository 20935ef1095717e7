"""Pull requests and their labels (https://docs.github.com/rest/pulls/pulls, https://docs.github.com/rest/issues/labels)."""

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.call import RepositoryCall
from pipeline.demo.github.errors import ApiError, invalid, not_found, validation_failed
from pipeline.demo.github.pages import link_header, wanted_page
from pipeline.demo.github.people import now
from pipeline.demo.github.pull_json import label_json, pull_json, simple_pull_json
from pipeline.demo.github.store import Pull


async def listing(call: RepositoryCall) -> Response:
    """``GET …/pulls``: newest first; ``state`` is ``open`` unless said, ``head`` is ``owner:branch``."""
    pulls = [pull for pull in await _refreshed(call) if _matches(call, pull)]
    pulls.sort(key=lambda pull: pull.number, reverse=call.query("direction") != "asc")
    page = wanted_page(call)
    body = [simple_pull_json(call, pull) for pull in page.of(pulls)]
    return JSONResponse(body, headers=link_header(call, page, len(pulls)))


async def create(call: RepositoryCall) -> Response:
    """``POST …/pulls``: between two branches of this repository."""
    fields = call.fields()
    base, head = fields.required_text("base"), fields.required_text("head")
    owner, _, branch = head.rpartition(":")
    tips = [await call.git.commit_of(f"refs/heads/{name}") for name in (base, branch)]
    wrong = [field for field, tip in zip(("base", "head"), tips, strict=True) if tip is None]
    if owner and owner.lower() != call.repository.owner.lower():
        wrong = ["head"]
    if wrong:
        raise validation_failed(*(invalid("PullRequest", field, "invalid") for field in wrong))
    base_sha, head_sha = [tip or "" for tip in tips]
    if await call.git.is_ancestor(head_sha, base_sha):
        raise _custom(f"No commits between {base} and {branch}")
    if any((pull.state, pull.head, pull.base) == ("open", branch, base) for pull in await _refreshed(call)):
        raise _custom(f"A pull request already exists for {call.repository.owner}:{branch}.")
    pull = Pull(
        id=call.store.new_id(),
        number=max(call.repository.pulls, default=0) + 1,
        title=fields.required_text("title"),
        body=fields.text("body"),
        head=branch,
        base=base,
        head_sha=head_sha,
        base_sha=base_sha,
        author=call.login,
        created_at=now(),
        updated_at=now(),
        draft=bool(fields.flag("draft")),
    )
    call.repository.pulls[pull.number] = pull
    body = await pull_json(call, pull)
    return JSONResponse(body, status_code=201, headers={"Location": body["url"]})


async def get(call: RepositoryCall) -> Response:
    """``GET …/pulls/{pull_number}``."""
    return JSONResponse(await pull_json(call, await _find(call)))


async def update(call: RepositoryCall) -> Response:
    """``PATCH …/pulls/{pull_number}``: title, body, base, or closed and opened again."""
    fields, pull = call.fields(), await _find(call)
    state = fields.choice("state", "open", "closed")
    if pull.merged_at and state == "open":
        raise validation_failed(invalid("PullRequest", "state", "invalid"))
    pull.title = fields.text("title") or pull.title
    pull.body = fields.text("body") if fields.has("body") else pull.body
    pull.base = fields.text("base") or pull.base
    if state and state != pull.state:
        pull.state = "open" if state == "open" else "closed"
        pull.closed_at = now() if state == "closed" else None
    pull.updated_at = now()
    return JSONResponse(await pull_json(call, pull))


async def of_commit(call: RepositoryCall) -> Response:
    """``GET …/commits/{commit_sha}/pulls``: the merged ones that brought a commit, and open ones that hold it."""
    sha = await call.git.resolve(call.text("commit_sha"))
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.text('commit_sha')}")
    pulls = [pull for pull in await _refreshed(call) if await _brings(call, pull, sha)]
    page = wanted_page(call)
    body = [simple_pull_json(call, pull) for pull in page.of(pulls)]
    return JSONResponse(body, headers=link_header(call, page, len(pulls)))


async def labels(call: RepositoryCall) -> Response:
    """``GET …/issues/{issue_number}/labels``."""
    names = (await _find(call)).labels
    page = wanted_page(call)
    return JSONResponse(
        [label_json(call, name) for name in page.of(names)], headers=link_header(call, page, len(names))
    )


async def add_labels(call: RepositoryCall) -> Response:
    """``POST …/issues/{issue_number}/labels``: a label that does not exist yet is made."""
    fields, pull = call.fields_or_list("labels"), await _find(call)
    pull.labels += [name for name in fields.texts("labels") or [] if name not in pull.labels]
    return JSONResponse([label_json(call, name) for name in pull.labels])


async def _brings(call: RepositoryCall, pull: Pull, sha: str) -> bool:
    if pull.merge_commit_sha == sha:
        return True
    holds = await call.git.is_ancestor(sha, pull.head_sha)
    return holds and not await call.git.is_ancestor(sha, pull.base_sha)


async def _refreshed(call: RepositoryCall) -> list[Pull]:
    """All pull requests, after what was pushed to their branches: GitHub sees a push that merges one."""
    pulls = list(call.repository.pulls.values())
    for pull in (pull for pull in pulls if pull.state == "open"):
        pull.head_sha = await call.git.commit_of(f"refs/heads/{pull.head}") or pull.head_sha
        base = await call.git.commit_of(f"refs/heads/{pull.base}")
        if base and await call.git.is_ancestor(pull.head_sha, base):
            pull.state, pull.merge_commit_sha = "closed", pull.head_sha
            pull.closed_at = pull.merged_at = now()
        elif base:
            pull.base_sha = base
    return pulls


async def _find(call: RepositoryCall) -> Pull:
    number = call.number("number")
    for pull in await _refreshed(call):
        if pull.number == number:
            return pull
    raise not_found()


def _matches(call: RepositoryCall, pull: Pull) -> bool:
    state, head, base = call.query("state") or "open", call.query("head"), call.query("base")
    # A head without its owner is no filter at GitHub: the list is then of all heads.
    head = head if head and ":" in head else None
    fits_head = head is None or head.lower() == f"{call.repository.owner}:{pull.head}".lower()
    return state in ("all", pull.state) and fits_head and base in (None, pull.base)


def _custom(message: str) -> ApiError:
    return validation_failed(invalid("PullRequest", None, "custom", message))
