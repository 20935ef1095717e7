"""Programs that code in an event loop waits for."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.abc

from pipeline.process import bound
from pipeline.process.completed import Completed, ProgramFailed, ProgramTimeout

LineListener = Callable[[str], None]


async def run(
    argv: Sequence[str],
    *,
    timeout: float | None = None,  # noqa: ASYNC109 - a timeout here is an error of its own, which says what was slow
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    pass_fds: Sequence[int] = (),
    on_line: LineListener | None = None,
    check: bool = True,
) -> Completed:
    """Run a program to its end.

    ``env`` is added to this process's own environment; ``timeout`` is in seconds; ``on_line`` hears every line
    of standard error as it comes. Raises `ProgramMissing`, `ProgramTimeout`, and, with ``check``, `ProgramFailed`.
    """
    # Shielded, as the program may run before this is over: cancelled here, it alone would be ended, not what it starts.
    with anyio.CancelScope(shield=True):
        process = await anyio.open_process(
            bound.to_this_process(argv),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            pass_fds=pass_fds,
            start_new_session=True,
            umask=bound.UMASK,
        )
    try:
        with anyio.fail_after(timeout):
            completed = await _communicate(tuple(argv), process, stdin, on_line)
    except TimeoutError:
        raise ProgramTimeout(argv[0], timeout or 0) from None
    finally:
        await _end(process)
    if check and completed.returncode:
        raise ProgramFailed(completed)
    return completed


async def _communicate(
    argv: tuple[str, ...], process: anyio.abc.Process, stdin: bytes, on_line: LineListener | None
) -> Completed:
    stdout = bytearray()
    stderr: list[str] = []

    async def read_stdout() -> None:
        if process.stdout:
            async for chunk in process.stdout:
                stdout.extend(chunk)

    async def read_stderr() -> None:
        if process.stderr:
            await _read_lines(process.stderr, stderr, on_line)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(read_stdout)
        tasks.start_soon(read_stderr)
        if process.stdin:
            with suppress(anyio.BrokenResourceError):
                await process.stdin.send(stdin)
            await process.stdin.aclose()
    return Completed(argv, await process.wait(), bytes(stdout), "\n".join(stderr))


async def _read_lines(stream: anyio.abc.ByteReceiveStream, lines: list[str], on_line: LineListener | None) -> None:
    rest = b""
    async for chunk in stream:
        *complete, rest = (rest + chunk).split(b"\n")
        for line in complete:
            _hear(line, lines, on_line)
    if rest:
        _hear(rest, lines, on_line)


def _hear(line: bytes, lines: list[str], on_line: LineListener | None) -> None:
    text = line.decode(errors="replace")
    lines.append(text)
    if on_line:
        on_line(text)


async def _end(process: anyio.abc.Process) -> None:
    with anyio.CancelScope(shield=True):
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGTERM)
            with anyio.move_on_after(bound.GRACE):
                await process.wait()
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGKILL)
        await process.aclose()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        if _shares_our_group(pid):
            os.kill(pid, number)
        else:
            os.killpg(pid, number)


def _shares_our_group(pid: int) -> bool:
    """Whether it kept the terminal. What has ended already led a group of its own, in which others may live on."""
    try:
        return os.getpgid(pid) == os.getpgrp()
    except ProcessLookupError:
        return False
