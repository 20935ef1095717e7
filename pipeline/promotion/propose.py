"""The pull request of a move: found, brought up to date, or opened
(https://docs.github.com/rest/pulls/pulls#create-a-pull-request).
"""

from typing import TYPE_CHECKING

from pipeline.github import contents, pulls
from pipeline.promotion.move import Move
from pipeline.promotion.report import Outcome, PromotionReport

if TYPE_CHECKING:
    from github.Repository import Repository


def propose(repository: "Repository", move: Move, body: str) -> PromotionReport:
    """The branch, the commit and the pull request of a move: those that are missing, or behind what they should be.

    It may be repeated, by one run or by several at once: each step looks first.
    """
    pull = pulls.find(repository, move.branch, move.base)
    outcome: Outcome = "found" if pull else "opened"
    if pull is None and not _is_ready(repository, move):
        contents.point(repository, move.branch, contents.tip(repository, move.base) or move.base)
    there = contents.get(repository, move.file.path, move.branch)
    if there is None or there.text != move.text:
        outcome = "updated" if pull else outcome
        contents.put(repository, there or move.file, move.text, branch=move.branch, message=move.title)
    pull = pull or pulls.open_one(repository, move.branch, move.base, title=move.title, body=body)
    others = [other.url for other in pulls.starting_with(repository, move.prefix, move.base) if other != pull]
    return PromotionReport.of(move, outcome, url=pull.url, others=tuple(others))


def _is_ready(repository: "Repository", move: Move) -> bool:
    """Whether the branch holds the move already, unmerged: left by a run that was cut short, or made by one beside."""
    if contents.tip(repository, move.branch) is None:
        return False
    there = contents.get(repository, move.file.path, move.branch)
    if there is None or there.text != move.text:
        return False
    return repository.compare(move.base, move.branch).ahead_by > 0
