"""Several releases in one call: at once, each to its own end, told as one answer."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

import anyio

from pipeline.errors import Answered, PipelineError
from pipeline.release import Stopped
from pipeline.report import Report, told
from pipeline.runtime.concurrency import together

Run = Callable[[], Awaitable[Report]]


async def release_all(runs: Mapping[str, Run], *, as_json: bool) -> str:
    """Do all runs, by tag, and tell their reports: one as itself, several as a list.

    One that stops does not stop the others. Raises `Answered`, which carries all reports, with the error that has the
    highest exit code.
    """
    ended: dict[str, Report] = {}
    errors: list[PipelineError] = []

    async def to_its_end(tag: str, run: Run) -> None:
        try:
            ended[tag] = await run()
        except Stopped as stopped:
            ended[tag] = stopped.report
            errors.append(stopped.error)

    try:
        await together([partial(to_its_end, tag, run) for tag, run in runs.items()])
    except anyio.get_cancelled_exc_class():
        # Runs that were interrupted have said so in their reports, which is the answer.
        if len(ended) < len(runs):
            raise
    answer = told(_in_order(runs, ended), as_json=as_json)
    if errors:
        raise Answered(max(errors, key=lambda error: error.exit_code), answer)
    return answer


def _in_order(runs: Mapping[str, Run], ended: Mapping[str, Report]) -> Sequence[Report]:
    return [ended[tag] for tag in runs]
