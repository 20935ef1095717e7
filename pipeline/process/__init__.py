"""The one place that starts other programs.

Arguments are always a list, never a shell line: what came from outside can at most become one argument.
No child outlives its owner: a cancelled caller ends the child's whole process group, and the kernel ends the
child when this process dies, also by SIGKILL (``PR_SET_PDEATHSIG``, see prctl(2), set through setpriv(1)).
"""

from pipeline.process.awaited import LineListener, run
from pipeline.process.blocking import run_attached, run_sync, start, start_piped, stop
from pipeline.process.completed import Completed, ProcessError, ProgramFailed, ProgramMissing, ProgramTimeout

__all__ = [
    "Completed",
    "LineListener",
    "ProcessError",
    "ProgramFailed",
    "ProgramMissing",
    "ProgramTimeout",
    "run",
    "run_attached",
    "run_sync",
    "start",
    "start_piped",
    "stop",
]
