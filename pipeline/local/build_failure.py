"""What buildah said when a build failed, as the failure that a Dagger engine would tell."""

import re

from pipeline.local import dockerfile, features
from pipeline.local.failure import ExecFailure, Failure

LAST_LINES = 40
"""How much of a build's output an error carries."""


def explained(output: str, file: str, text: str, version: str) -> Failure:
    """The failure of a build of the Dockerfile ``file``, which reads ``text``, by this version of buildah."""
    lines = output.splitlines()
    said = re.sub(r" &imagebuilder\.Step.*", "", lines[-1].strip().removeprefix("Error: "))
    last = _output_of_last_step(lines)
    if "exec format error" in last:
        return Failure(
            f"{file} runs programs of another platform, which this machine cannot start: install "
            "qemu-user-static and binfmt-support, or cross-compile with FROM --platform=$BUILDPLATFORM"
        )
    if used := features.used(text, said):
        line, feature = used
        return Failure(
            f"{file}:{line} uses {feature}, which buildah {version} does not know; {features.remedy(feature)}"
        )
    if step := re.search(r'building at STEP "(RUN .*)": (?:while running runtime: )?exit status (\d+)', said):
        command = dockerfile.command(step[1])
        message = f'process "{" ".join(command)}" did not complete successfully: exit code: {step[2]}'
        return ExecFailure(message, cmd=command, exit_code=int(step[2]), stdout="", stderr=last)
    return Failure(said)


def _output_of_last_step(lines: list[str]) -> str:
    """What the step printed that the build ended with; which of it went to standard error is not known."""
    begin = max((n for n, line in enumerate(lines) if re.match(r"(\[\d+/\d+\] )?STEP \d+/\d+: ", line)), default=-1)
    # What the step printed may end without a line end, and buildah's own words then follow on its last line.
    own = re.compile(r"Error: building at STEP \".*|subprocess exited with status \d+$")
    step = [own.sub("", line) for line in lines[begin + 1 :] if not own.fullmatch(line)]
    return "\n".join(step[-LAST_LINES:])
