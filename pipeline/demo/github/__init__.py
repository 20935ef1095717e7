"""A double of GitHub's REST API, for `make demo` and for the tests.

It keeps what it is told in memory, answers questions about commits from real git repositories, and is never
friendlier than https://docs.github.com/rest: what is refused there is refused here, in the same words.
"""

from pipeline.demo.github.double import GitHubDouble
from pipeline.demo.github.faults import Fault
from pipeline.demo.github.store import Repository, Token

__all__ = ["Fault", "GitHubDouble", "Repository", "Token"]
