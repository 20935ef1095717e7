"""Pull requests and labels as GitHub answers with them."""

import zlib
from typing import Any

from pipeline.demo.github.call import RepositoryCall, segment
from pipeline.demo.github.changes import changed_files, stats
from pipeline.demo.github.people import simple_user, timestamp
from pipeline.demo.github.repositories import repository_json
from pipeline.demo.github.store import Pull


def simple_pull_json(call: RepositoryCall, pull: Pull) -> dict[str, Any]:
    """Return a pull request as it stands in lists."""
    api, html = f"{call.api}/pulls/{pull.number}", f"{call.html}/pull/{pull.number}"
    issue = f"{call.api}/issues/{pull.number}"
    statuses = f"{call.api}/statuses/{pull.head_sha}"
    related = {
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{api}/comments",
        "review_comment": f"{call.api}/pulls/comments{{/number}}",
        "commits": f"{api}/commits",
        "statuses": statuses,
    }
    moments = {"created_at": pull.created_at, "updated_at": pull.updated_at}
    ends = {"closed_at": pull.closed_at, "merged_at": pull.merged_at}
    return {
        "url": api,
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        **{f"{name}_url": address for name, address in related.items()},
        "review_comments_url": related["review_comments"],
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": simple_user(call.origin, pull.author),
        "body": pull.body,
        **{name: timestamp(moment) for name, moment in moments.items()},
        **{name: moment and timestamp(moment) for name, moment in ends.items()},
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [label_json(call, name) for name in pull.labels],
        "milestone": None,
        "draft": pull.draft,
        "head": _branch(call, pull.head, pull.head_sha),
        "base": _branch(call, pull.base, pull.base_sha),
        "_links": {name: {"href": address} for name, address in {"self": api, **related}.items()},
        "author_association": "COLLABORATOR",
        "auto_merge": None,
        "active_lock_reason": None,
    }


async def pull_json(call: RepositoryCall, pull: Pull) -> dict[str, Any]:
    """Return a pull request by itself, with its size and whether it can be merged."""
    start = await call.git.merge_base(pull.base_sha, pull.head_sha)
    files = await changed_files(call, start, pull.head_sha)
    lines = stats(files)
    count = (await call.git.git("rev-list", "--count", f"{pull.base_sha}..{pull.head_sha}")).decode()
    is_open = pull.state == "open"
    return {
        **simple_pull_json(call, pull),
        "merged": pull.merged_at is not None,
        "mergeable": True if is_open else None,
        "rebaseable": True if is_open else None,
        "mergeable_state": "clean" if is_open else "unknown",
        "merged_by": simple_user(call.origin, pull.author) if pull.merged_at else None,
        "comments": 0,
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": int(count),
        "additions": lines["additions"],
        "deletions": lines["deletions"],
        "changed_files": len(files),
    }


def label_json(call: RepositoryCall, name: str) -> dict[str, Any]:
    """Return a label; its number is made of its name."""
    number = zlib.crc32(name.encode())
    url = f"{call.api}/labels/{segment(name)}"
    about = {"name": name, "description": None, "color": "ededed", "default": False}
    return {"id": number, "node_id": f"LA_{number}", "url": url, **about}


def _branch(call: RepositoryCall, ref: str, sha: str) -> dict[str, Any]:
    owner = call.repository.owner
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": simple_user(call.origin, owner),
        "repo": repository_json(call.origin, call.repository),
    }
