"""Everything that can stop a release, as one tree: a class is a kind, and a kind has one exit code.

A message is one sentence with the offending value in it; ``next`` is what the reader does now.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

FORWARD_FIX = "Published tags are history: release the fix as a new version instead."
"""The next step of every refusal to change what is published."""


class PipelineError(Exception):
    """Base of all errors a person is meant to read.

    ``message`` says what is wrong, ``next`` what to do about it, ``exit_code`` is the terminal command's,
    ``kind`` (the class name in kebab case) is what the JSON report says, and ``passing`` whether asking again
    in a moment may help, though not before ``wait`` seconds.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        next: str,  # noqa: A002 - the report's word
        passing: bool = False,
        wait: float = 0.0,
    ) -> None:
        super().__init__(f"{message}\n{next}")
        self.message = message
        self.next = next
        self.passing = passing
        self.wait = wait

    @property
    def text(self) -> str:
        """What a terminal shows: the message, and the next step on a line of its own."""
        return f"{self.message}\nNext: {self.next}"

    @property
    def kind(self) -> str:
        """The class name in kebab case, such as ``not-on-main``; a private class counts as the public one it is."""
        name = next(one.__name__ for one in type(self).__mro__ if not one.__name__.startswith("_"))
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


class Answered(Exception):
    """An answer that is a failure as well: it prints as the answer, and ends with the error's exit code."""

    def __init__(self, error: PipelineError, answer: str) -> None:
        super().__init__(answer)
        self.error = error


class RequestError(PipelineError):
    """The request itself is wrong: nothing was looked up for it, and asking again cannot help."""

    exit_code = 2


class BadTag(RequestError):
    """The tag is not ``<service>/vX.Y.Z`` with a strict SemVer version."""


class UnknownService(RequestError):
    """The tag's service is not in the catalogue."""


class BadCatalogue(RequestError):
    """``services.toml`` cannot be read, or says something impossible."""


class BadFlag(RequestError):
    """The command line makes no sense: a verb, a flag, or a combination of flags."""


class UnknownEnvironment(RequestError):
    """The catalogue has no pin for this environment."""


class TagNotFound(RequestError):
    """The git remote has no such tag, branch or commit."""


class FirstRelease(RequestError):
    """The service has no version yet that another could follow."""


class NoClone(RequestError):
    """The folder is not a clone of the monorepo that tags can be pushed from."""


class Refused(PipelineError):
    """A rule of the product forbids it."""

    exit_code = 3


class NotOnMain(Refused):
    """The tag's commit is not reachable from the main branch."""


class TagMoved(Refused):
    """The tag points elsewhere than when the run started, or is gone."""


class RefShadowed(Refused):
    """A branch is named like a whole ref, and would be taken for it."""


class TagTaken(Refused):
    """The tag exists, at another commit."""


class OlderVersion(Refused):
    """The version is lower than the highest stable one of its service."""


class ImageTaken(Refused):
    """The image tag holds something other than what this release would push."""


class ReleaseTaken(Refused):
    """The GitHub release of this tag is not the one this run would make."""


class WouldOverwrite(Refused):
    """A file is there already, and is not what would be written."""


class NotAnImage(Refused):
    """The tag's service does not ship as an image."""


class NotBinaries(Refused):
    """The tag's service ships as an image, and not as a command-line tool."""


class PackageTaken(Refused):
    """The npm version holds something other than what this release would publish."""


class Mismatch(Refused):
    """What was read back after publishing is not what was meant."""


class RecordMismatch(Refused):
    """The release record says something else than git, the registry or GitHub, or is not there."""


class NotReleased(Refused):
    """The image and the GitHub release of a tag are not both there and in agreement."""


class Stranded(Refused):
    """Some releases are half done or wrongly marked."""


class NotPromotable(Refused):
    """A version may not go into an environment this way."""


class WrongImage(Refused):
    """The helm values deploy another image than the service's own."""


class BadPin(Refused):
    """A file of the infra repository does not pin one version in a way that can be told and moved."""


class Unavailable(PipelineError):
    """Something the pipeline needs did not answer, or did not let it in."""

    exit_code = 4


class GitUnavailable(Unavailable):
    """The git remote did not answer."""


class RegistryUnavailable(Unavailable):
    """The registry did not answer."""


class GithubUnavailable(Unavailable):
    """The GitHub API did not answer."""


class NotAuthorized(Unavailable):
    """Git, the registry or GitHub did not let the pipeline in: a credential is missing, wrong or too weak."""


class EngineUnavailable(Unavailable):
    """The session (a Dagger engine's or the local one) did not answer, or lacks what is needed."""


class ToolMissing(Unavailable):
    """A program this machine needs is not installed."""


class TagNotMade(Unavailable):
    """The machine's git did not make the tag, for example because it could not sign it."""


class Several:
    """Several problems found at once, told as one; mixed into the class whose exit code holds for them."""

    @staticmethod
    def told(problems: Sequence[PipelineError]) -> str:
        """All problems as one message."""
        lines = [f"  - {problem.message}\n    {problem.next}" for problem in problems]
        return f"{len(problems)} things stand in the way:\n" + "\n".join(lines)


class NotReady(Several, Unavailable):
    """Several things are missing or did not answer."""


class NotPossible(Several, RequestError):
    """Several things are wrong with the request itself, or at least one of them is."""


class NotAllowed(Several, Refused):
    """Several things are wrong, and at least one of them is against a rule."""


def gathered(problems: Sequence[PipelineError]) -> PipelineError:
    """One error for one or more problems; a broken rule weighs most, a missing answer least."""
    if len(problems) == 1:
        return problems[0]
    weights = ((Refused, NotAllowed), (RequestError, NotPossible), (PipelineError, NotReady))
    kind = next(several for one, several in weights if any(isinstance(problem, one) for problem in problems))
    # What a rule forbids stays forbidden, however often the same call is made.
    step = "Do what each of them says" if kind is NotAllowed else "Mend these, then run the same call again"
    return kind(Several.told(problems), next=f"Nothing has been built or published. {step}.")


class BuildFailed(PipelineError):
    """The image, or the binaries, did not build."""

    exit_code = 5


class Interrupted(PipelineError):
    """A person or the machine asked the run to stop."""

    exit_code = 130


def shown(value: str, *, limit: int = 60) -> str:
    """A value from outside as it may appear in a message: quoted, escaped, and cut at ``limit`` characters."""
    cut = value if len(value) <= limit else value[:limit]
    escaped = printable(cut)
    return f"'{escaped}'" if cut is value else f"'{escaped}…' ({len(value)} characters)"


def printable(text: str) -> str:
    """The text with what a terminal would act on, such as control characters, escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
