"""Repositories (https://docs.github.com/rest/repos/repos)."""

from typing import Any

from starlette.responses import JSONResponse, Response

from pipeline.demo.github.call import Call, RepositoryCall
from pipeline.demo.github.errors import ApiError
from pipeline.demo.github.pages import link_header, wanted_page
from pipeline.demo.github.people import simple_user, timestamp
from pipeline.demo.github.store import Permission, Repository

LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
ROLES: dict[Permission, tuple[str, ...]] = {
    "pull": ("pull",),
    "push": ("pull", "triage", "push"),
    "admin": ("pull", "triage", "push", "maintain", "admin"),
}


async def get(call: RepositoryCall) -> Response:
    """``GET /repos/{owner}/{repo}``."""
    counts = {"network_count": 0, "subscribers_count": 0}
    body = {**repository_json(call.origin, call.repository), **counts}
    # An app's token is nobody's, so there is no person whose permissions could be told.
    if call.caller and call.caller.kind != "app":
        role = call.caller.roles.get(call.repository.full_name.lower(), call.permission)
        body["permissions"] = _permissions(role)
    return JSONResponse(body)


async def of_installation(call: Call) -> Response:
    """``GET /installation/repositories``: what an app's token was given; this is how such a token is told."""
    if call.caller is None:
        raise ApiError(401, "Requires authentication")
    if call.caller.kind != "app":
        raise ApiError(403, "You must authenticate with an installation access token.")
    mine = [call.store.repositories[name] for name in call.caller.permissions if name in call.store.repositories]
    page = wanted_page(call)
    body = {
        "total_count": len(mine),
        "repositories": [repository_json(call.origin, repository) for repository in page.of(mine)],
    }
    return JSONResponse(body, headers=link_header(call, page, len(mine)))


def repository_json(origin: str, repository: Repository) -> dict[str, Any]:
    """Return a repository as it stands within other answers."""
    api = f"{origin}/repos/{repository.full_name}"
    html = f"{origin}/{repository.full_name}"
    created = timestamp(repository.created_at)
    return {
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": simple_user(origin, repository.owner),
        "private": repository.private,
        "visibility": "private" if repository.private else "public",
        "html_url": html,
        "description": None,
        "fork": False,
        "url": api,
        "git_url": f"git://github.invalid/{repository.full_name}.git",
        "ssh_url": f"git@github.invalid:{repository.full_name}.git",
        "clone_url": repository.clone_url or f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "default_branch": repository.default_branch,
        "topics": [],
        **{name: api + path for name, path in LINKS.items()},
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), created),
        **dict.fromkeys(("has_issues", "has_projects", "has_downloads", "has_wiki"), True),
        **dict.fromkeys(("has_pages", "has_discussions", "archived", "disabled", "is_template"), False),
        **dict.fromkeys(("forks", "forks_count", "open_issues", "open_issues_count"), 0),
        **dict.fromkeys(("stargazers_count", "watchers", "watchers_count", "size"), 0),
    }


def _permissions(permission: Permission) -> dict[str, bool]:
    return {role: role in ROLES[permission] for role in ROLES["admin"]}
