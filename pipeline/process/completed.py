"""How a program ended, or that it did not come so far."""

from dataclasses import dataclass


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
