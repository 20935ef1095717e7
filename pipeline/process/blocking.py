"""Programs that code without an event loop waits for, and servers that run until they are stopped."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.process import bound
from pipeline.process.completed import Completed, ProgramFailed, ProgramTimeout


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
        bound.to_this_process(argv), cwd=cwd, env={**os.environ, **(env or {})}, check=False
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
        bound.to_this_process(argv),
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
            bound.to_this_process(argv),
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and everything it started, by SIGTERM and, after `bound.GRACE` seconds, SIGKILL."""
    _signal(process, signal.SIGTERM)
    try:
        process.wait(bound.GRACE)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        # It leads no group: it keeps ours, to ask on the terminal, or it has ended.
        process.send_signal(number)
