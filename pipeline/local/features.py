"""What a Dockerfile may ask for that the installed buildah cannot do, told by feature and line."""

import re
from collections.abc import Iterator, Mapping

from pipeline.dockerfile.instruction import Instruction
from pipeline.dockerfile.instructions import instructions

Version = tuple[int, int]

HEREDOC = "a heredoc"

SINCE: Mapping[str, Version | None] = {
    HEREDOC: (1, 39),
    "ADD --checksum": (1, 39),
    "ADD --exclude": (1, 39),
    "ADD --link": (1, 41),
    "COPY --exclude": (1, 39),
    "COPY --link": (1, 41),
    "COPY --parents": (1, 40),
    "RUN --network": (1, 33),
    "RUN --security": None,
}
"""What came later (https://docs.docker.com/reference/dockerfile/), and the buildah that has it wherever it is from, if
any has. Some have it earlier: distributions build theirs with an imagebuilder of their own, which reads Dockerfiles.
"""

DISTRIBUTIONS: Mapping[str, Version] = {"Ubuntu 24.04": (1, 33), "Debian 13": (1, 39)}
"""Which buildah they have."""

ENGINE = "a Dagger engine (--engine dagger)"


def used(text: str, said: str) -> tuple[int, str] | None:
    """The line and the feature that a build failed over, by what buildah said; None where it is something else."""
    step = re.search(r'STEP "(\w+)', said)
    # What cannot read heredocs takes their lines for instructions, and where they begin for files.
    in_heredoc = "unknown instruction" in said.lower()
    if not in_heredoc and not re.search(r'only supports the|is not supported|unknown flag|"/<<', said):
        return None
    for instruction in instructions(text):
        feature = next(_features(instruction), None)
        named = step is None or instruction.keyword == step[1].upper()
        if feature and (feature == HEREDOC if in_heredoc else named):
            return instruction.line, feature
    return None


def remedy(feature: str) -> str:
    """What can build a Dockerfile that uses a feature."""
    since = SINCE[feature]
    if since is None:
        return f"use {ENGINE}"
    having = ", ".join(name for name, version in DISTRIBUTIONS.items() if version >= since)
    found_in = f" ({having})" if having else ""
    return f"use buildah {'.'.join(map(str, since))} or newer{found_in}, or {ENGINE}"


def _features(instruction: Instruction) -> Iterator[str]:
    if instruction.heredocs:
        yield HEREDOC
    yield from (name for flag in instruction.flags if (name := f"{instruction.keyword} --{flag.name}") in SINCE)
