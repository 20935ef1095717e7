"""The programs the local session stands on, and what to say when one of them is missing or stalls."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline import process, programs
from pipeline.local.failure import Failure


async def run(
    argv: Sequence[str],
    *,
    within: float,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: bytes = b"",
    pass_fds: Sequence[int] = (),
    on_line: Callable[[str], None] | None = None,
) -> process.Completed:
    """Run a program to its end, whatever its exit code; a `Failure` when it is not installed or does not end."""
    try:
        return await process.run(
            argv, timeout=within, env=env, cwd=cwd, stdin=stdin, pass_fds=pass_fds, on_line=on_line, check=False
        )
    except process.ProgramMissing as missing:
        raise Failure(program_missing(missing.program)) from None
    except process.ProgramTimeout as stalled:
        raise Failure(f"{stalled}; the other side may have stalled, so try again") from None


def last_line(completed: process.Completed) -> str:
    """What a program said last, for an error of one sentence."""
    lines = completed.stderr.strip().splitlines() or [f"exit code {completed.returncode}"]
    return lines[-1].strip()


def program_missing(program: str) -> str:
    """What to say where a program is not installed, in the form that the caller of the session looks for."""
    return f"the program {program!r} is not on the PATH; {programs.advice(program)}"
