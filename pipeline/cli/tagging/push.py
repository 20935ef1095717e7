"""Making tags and pushing them, one tag per push.

GitHub makes no events for more than three tags of one push, so CI would not see them
(https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#push).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.cli.tagging.clone import REMOTE, Clone, origin_error
from pipeline.cli.tagging.plan import Planned
from pipeline.cli.tagging.wish import Request
from pipeline.errors import Interrupted, PipelineError, TagNotMade, TagTaken
from pipeline.process import Completed

State = Literal["planned", "pushed", "already-pushed", "failed", "not-pushed"]

PUSH = ("push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no", REMOTE)

NOTHING = "0" * 40


@dataclass(frozen=True, slots=True)
class Pushed:
    """How the push of one tag ended; only a failed one has an error."""

    planned: Planned
    state: State
    error: PipelineError | None = None


def push_all(clone: Clone, plans: Sequence[Planned], request: Request) -> Iterator[Pushed]:
    """Push every tag, each as its own push, and tell how each ended; after a failure none is tried.

    A tag that was made for a push that failed is deleted in the clone again.
    """
    failed = False
    for planned in plans:
        if planned.pushed:
            yield Pushed(planned, "already-pushed")
        elif failed:
            yield Pushed(planned, "not-pushed")
        else:
            pushed = _push(clone, planned, request)
            failed = pushed.error is not None
            yield pushed


def _push(clone: Clone, planned: Planned, request: Request) -> Pushed:
    made = ""
    try:
        made = "" if planned.object_id else _make(clone, planned, request)
        _push_one(clone, planned, made or planned.object_id or planned.commit.sha)
    except PipelineError as error:
        _undo(clone, planned, made)
        return Pushed(planned, "failed", error)
    except KeyboardInterrupt:
        _undo(clone, planned, made)
        return Pushed(planned, "failed", _interrupted(planned))
    return Pushed(planned, "pushed")


def _interrupted(planned: Planned) -> Interrupted:
    return Interrupted(
        f"Interrupted while {planned.tag} was being pushed.",
        next=f"Run the same command again: it looks what {REMOTE} has.",
    )


def _make(clone: Clone, planned: Planned, request: Request) -> str:
    """Make the tag in the clone, unless it is there; gives back its object's ID."""
    tag, commit = planned.tag, planned.commit.sha
    if request.annotate or request.sign:
        kind = "--sign" if request.sign else "--annotate"
        made = clone.git("tag", kind, f"--message={tag}", tag.name, commit, check=False)
    else:
        made = clone.git("update-ref", tag.ref, commit, NOTHING, check=False)
    if made.returncode:
        raise TagNotMade(
            f"git did not make the tag {tag}: {made.stderr.strip().splitlines()[0]}.",
            next=f"See that git can make one: git tag {'--sign' if request.sign else '--annotate'} NAME.",
        )
    return clone.git("rev-parse", "--verify", tag.ref).text


def _push_one(clone: Clone, planned: Planned, object_id: str) -> None:
    """Push the tag; what origin has afterwards is what counts, whatever became of the connection."""
    tag = planned.tag
    # By the object's ID: a branch may be named refs/tags/… too, and git then takes neither.
    done = clone.git(*PUSH, f"{object_id}:{tag.ref}", check=False)
    if not done.returncode:
        return
    known, there = _commit_at_origin(clone, planned)
    if there == planned.commit.sha:
        return
    if there:
        raise TagTaken(
            f"{tag} was pushed by somebody else meanwhile: at {REMOTE} it is at {there[:12]}.",
            next="Run the same command again: it takes the next version.",
        )
    raise _push_error(done, f"{tag} was not pushed to {REMOTE}" if known else f"{tag} may not have been pushed")


def _push_error(done: Completed, what: str) -> PipelineError:
    # With --porcelain the reason why a ref is rejected stands on standard output.
    rejected = next((line for line in done.text.split("\n") if line.startswith("!")), "")
    reason = f"! {rejected.rpartition(chr(9))[2]}\n" if rejected else ""
    return origin_error(Completed(done.argv, done.returncode, b"", reason + done.stderr), what)


def _commit_at_origin(clone: Clone, planned: Planned) -> tuple[bool, str | None]:
    """Whether origin answers, and the commit of its tag; None when it has no such tag."""
    ref = planned.tag.ref
    listed = clone.git("ls-remote", "--quiet", REMOTE, ref, f"{ref}^{{}}", check=False)
    lines = [line.split("\t", 1) for line in listed.text.split("\n") if "\t" in line]
    found = {name: object_id for object_id, name in lines}
    return not listed.returncode, found.get(f"{ref}^{{}}") or found.get(ref)


def _undo(clone: Clone, planned: Planned, made: str) -> None:
    """Delete the tag that was made here for a push that failed, and only that very one."""
    if made:
        clone.git("update-ref", "-d", planned.tag.ref, made, check=False)
