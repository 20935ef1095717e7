"""Changed files, as commits and comparisons list them (https://docs.github.com/rest/commits/commits#get-a-commit)."""

from dataclasses import dataclass
from typing import Any

from pipeline.demo.github.call import RepositoryCall, segment

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
NO_OBJECT = "0" * 40


@dataclass(frozen=True, slots=True)
class _Change:
    status: str
    sha: str
    path: str
    previous: str | None


async def changed_files(call: RepositoryCall, base: str | None, head: str) -> list[dict[str, Any]]:
    """All files that differ between two commits; without a ``base``, all files there are."""
    options = ("diff-tree", "-r", "-M", "-z", "--no-commit-id")
    raw = await call.git.git(*options, "--raw", "--no-abbrev", base or EMPTY_TREE, head)
    numbers = await call.git.git(*options, "--numstat", base or EMPTY_TREE, head)
    counts = _counts(numbers.decode(errors="replace"))
    return [_file_json(call, head, change, *counts[change.path]) for change in _changes(raw.decode(errors="replace"))]


def stats(files: list[dict[str, Any]]) -> dict[str, int]:
    """Return changed lines over all files."""
    additions, deletions = (sum(file[kind] for file in files) for kind in ("additions", "deletions"))
    return {"total": additions + deletions, "additions": additions, "deletions": deletions}


def _changes(raw: str) -> list[_Change]:
    parts = iter(raw.split("\0"))
    changes = []
    for header in filter(None, parts):
        _, _, before, after, letter = header.split(" ")
        path = next(parts)
        previous = path if letter[0] in "RC" else None
        sha = before if after == NO_OBJECT else after
        changes.append(_Change(STATUS[letter[0]], sha, next(parts) if previous else path, previous))
    return changes


def _counts(numstat: str) -> dict[str, tuple[int, int]]:
    parts = iter(numstat.split("\0"))
    counts = {}
    for entry in filter(None, parts):
        added, removed, path = entry.split("\t", 2)
        if not path:
            next(parts)
            path = next(parts)
        counts[path] = (_lines(added), _lines(removed))
    return counts


def _lines(text: str) -> int:
    return 0 if text == "-" else int(text)


def _file_json(call: RepositoryCall, head: str, change: _Change, additions: int, deletions: int) -> dict[str, Any]:
    path = segment(change.path)
    file = {
        "sha": change.sha,
        "filename": change.path,
        "status": change.status,
        "additions": additions,
        "deletions": deletions,
        "changes": additions + deletions,
        "blob_url": f"{call.html}/blob/{head}/{path}",
        "raw_url": f"{call.html}/raw/{head}/{path}",
        "contents_url": f"{call.api}/contents/{path}?ref={head}",
    }
    return {**file, "previous_filename": change.previous} if change.previous else file
