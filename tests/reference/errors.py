"""The page of exit codes and errors, from the error tree."""

from collections.abc import Iterator

from pipeline import errors
from pipeline.cli.call import DEFECT
from pipeline.errors import BuildFailed, Interrupted, PipelineError, Refused, RequestError, Unavailable
from tests.reference.markdown import code, plain, table

ABSTRACT = (RequestError, Refused, Unavailable)
"""Nothing is raised as one of these themselves."""

GROUPS = (RequestError, Refused, Unavailable, BuildFailed, Interrupted)

HEAD = """\
# Exit codes and errors

`pipeline` ends with one of these. `dagger call` ends with 1 for each of them but 0, and its message has the same report.
Every error says what is wrong, with the offending value, and what to do next; with `--json` it is
`{"kind": …, "message": …, "next": …}`.
"""


def page() -> str:
    """Exit codes, then every kind below its code."""
    codes = [["0", "Done, done already, or rehearsed."], [str(DEFECT), "A defect of the pipeline itself."]]
    codes += [[str(group.exit_code), plain(group.__doc__)] for group in GROUPS]
    parts = [HEAD, table(["code", "meaning"], codes)]
    for group in GROUPS:
        rows = [[code(one(PipelineError.__name__, next="").kind), plain(one.__doc__)] for one in kinds(group)]
        parts += [f"## {group.exit_code}: {plain(group.__doc__)}", table(["kind", "meaning"], rows)]
    return "\n\n".join(part.strip() for part in parts)


def kinds(group: type[PipelineError]) -> Iterator[type[PipelineError]]:
    """The class itself, where it is a kind, and all below it."""
    if group not in ABSTRACT:
        yield group
    for one in sorted(group.__subclasses__(), key=lambda kind: kind.__name__):
        if one.__module__ == errors.__name__:
            yield from kinds(one)
