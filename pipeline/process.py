"""The one place that starts other programs.

Arguments are always a list, never a shell line: what came from outside can at most become one argument.
No child outlives its owner: a cancelled caller ends the child's whole process group, and the kernel ends the
child when this process dies, also by SIGKILL (``PR_SET_PDEATHSIG``, see prctl(2), set through setpriv(1)).
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
import anyio.abc

LineListener = Callable[[str], None]

GRACE = 5.0
"""Seconds a child has between SIGTERM and SIGKILL."""

UMASK = 0o022
"""What files a child makes may be, whatever the person's own umask is: modes end up in images."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended: its arguments, exit code, standard output (bytes) and standard error (text)."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: str

    @property
    def text(self) -> str:
        """Standard output as text, without the last line end."""
        return self.stdout.decode(errors="replace").rstrip("\n")


class ProcessError(Exception):
    """A program could not be started, took too long, or ended with a non-zero exit code."""


class ProgramMissing(ProcessError):
    """The program is not on the PATH."""

    def __init__(self, program: str) -> None:
        super().__init__(f"the program {program!r} is not on the PATH")
        self.program = program


class ProgramFailed(ProcessError):
    """The program ended with a non-zero exit code."""

    def __init__(self, completed: Completed) -> None:
        last = completed.stderr.strip().splitlines()[-1:] or [""]
        super().__init__(f"{completed.argv[0]} ended with exit code {completed.returncode}: {last[0]}")
        self.completed = completed


class ProgramTimeout(ProcessError):
    """The program did not end in time and was stopped."""

    def __init__(self, program: str, seconds: float) -> None:
        super().__init__(f"{program} did not end within {seconds:g} seconds")


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
    process = await anyio.open_process(
        _bound_to_this_process(argv),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        pass_fds=pass_fds,
        start_new_session=True,
        umask=UMASK,
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


def run_sync(
    argv: Sequence[str],
    *,
    timeout: float | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes = b"",
    check: bool = True,
    asks: bool = False,
) -> Completed:
    """Run a program to its end from code that has no event loop; parameters and errors are those of `run`.

    A program that ``asks`` keeps the terminal, so that it can ask for a passphrase there (ssh, gpg).
    """
    with start_piped(argv, cwd=cwd, env=env, stderr=subprocess.PIPE, asks=asks) as process:
        try:
            stdout, stderr = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            raise ProgramTimeout(argv[0], timeout or 0) from None
        finally:
            if process.returncode is None:
                stop(process)
    completed = Completed(tuple(argv), process.returncode, stdout, stderr.decode(errors="replace"))
    if check and completed.returncode:
        raise ProgramFailed(completed)
    return completed


def run_attached(argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a program on this process's own terminal, which Ctrl-C ends with it, and give back its exit code."""
    return subprocess.run(
        _bound_to_this_process(argv), cwd=cwd, env={**os.environ, **(env or {})}, check=False
    ).returncode


def start_piped(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stderr: int = subprocess.DEVNULL,
    asks: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a program whose standard input and output the caller streams through pipes; end it with `stop`.

    The thread that calls must outlive the program: the kernel counts the death of that thread as its parent's.
    """
    return subprocess.Popen(
        _bound_to_this_process(argv),
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        start_new_session=not asks,
    )


def start(
    argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, log: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a server that runs until `stop` is called or this process dies; its output goes to ``log``."""
    with Path(log or os.devnull).open("ab") as output:
        return subprocess.Popen(
            _bound_to_this_process(argv),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and everything it started, by SIGTERM and, after `GRACE` seconds, SIGKILL."""
    _signal(process, signal.SIGTERM)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        # It leads no group: it keeps ours, to ask on the terminal, or it has ended.
        process.send_signal(number)


def _bound_to_this_process(argv: Sequence[str]) -> list[str]:
    program = shutil.which(argv[0])
    if program is None:
        raise ProgramMissing(argv[0])
    setpriv = shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
    return [*prefix, program, *argv[1:]]


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
            with anyio.move_on_after(GRACE):
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
