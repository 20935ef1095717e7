"""Generated release notes (https://docs.github.com/rest/releases/releases#generate-release-notes-content-for-a-release)."""

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.call import RepositoryCall, segment
from pipeline.demo.github.errors import ApiError, invalid, validation_failed
from pipeline.demo.github.latest import latest_release
from pipeline.demo.github.store import Pull


async def generate(call: RepositoryCall) -> Response:
    """``POST …/releases/generate-notes``: name and body for a release; nothing is stored."""
    fields = call.fields()
    tag = fields.required_text("tag_name")
    target = fields.text("target_commitish") or call.repository.default_branch
    body = await notes_for(call, tag, target, previous=fields.text("previous_tag_name"))
    return JSONResponse({"name": tag, "body": body})


async def notes_for(call: RepositoryCall, tag: str, target: str, *, previous: str | None) -> str:
    """Return the pull requests merged since ``previous``, or else since the latest release."""
    head = await call.git.commit_of(f"refs/tags/{tag}") or await call.git.resolve(target)
    if head is None:
        raise _wrong("Invalid target_commitish parameter")
    latest = latest_release(call.repository)
    since = previous or (latest.tag_name if latest and latest.tag_name != tag else None)
    if since is None:
        return f"**Full Changelog**: {call.html}/commits/{segment(tag)}"
    base = await call.git.commit_of(f"refs/tags/{since}")
    if base is None:
        raise _wrong("Invalid previous_tag parameter")
    merged = {commit.sha for commit in await call.git.commits(f"{base}..{head}", "--")}
    lines = [_line(call, pull) for pull in call.repository.pulls.values() if pull.merge_commit_sha in merged]
    changed = ["## What's Changed", *lines, "", ""] if lines else []
    return "\n".join([*changed, f"**Full Changelog**: {call.html}/compare/{segment(since)}...{segment(tag)}"])


def _line(call: RepositoryCall, pull: Pull) -> str:
    return f"* {pull.title} by @{pull.author} in {call.html}/pull/{pull.number}"


def _wrong(message: str) -> ApiError:
    return validation_failed(invalid("Release", None, "custom", message))
