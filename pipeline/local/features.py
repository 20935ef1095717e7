"""What a Dockerfile may ask for that the installed buildah cannot do, told by feature and line."""

import re
from collections.abc import Mapping

from pipeline.dockerfile.instruction import Instruction
from pipeline.dockerfile.instructions import instructions

Version = tuple[int, ...]

HEREDOC = "a heredoc"

SINCE: Mapping[str, Version | None] = {
    HEREDOC: (1, 33),
    "ADD --checksum": (1, 33),
    "ADD --exclude": (1, 38),
    "ADD --link": (1, 37),
    "COPY --exclude": (1, 38),
    "COPY --link": (1, 37),
    "COPY --parents": (1, 40),
    "RUN --network": (1, 30),
    "RUN --security": None,
}
"""What came later (https://docs.docker.com/reference/dockerfile/), and the first buildah that can do it, if one can."""

DISTRIBUTIONS: Mapping[str, Version] = {"Ubuntu 24.04": (1, 33), "Debian 13": (1, 39)}
"""Which buildah they have."""

ENGINE = "a Dagger engine (--engine dagger)"


def used(text: str, said: str, version: str) -> tuple[int, str] | None:
    """The line and the feature that a build failed over, by what this version of buildah said; None where it is
    something else.
    """
    step = re.search(r'STEP "(\w+)', said)
    # What cannot read heredocs takes their lines for instructions.
    in_heredoc = "unknown instruction" in said.lower()
    for instruction in instructions(text):
        feature = _lacking(instruction, version)
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


def knows(version: str, feature: str) -> bool:
    """Whether this version of buildah can do what came with a later one; one that cannot be told is older than all."""
    since = SINCE[feature]
    return since is not None and tuple(int(number) for number in re.findall(r"\d+", version)[:2]) >= since


def _lacking(instruction: Instruction, version: str) -> str | None:
    features = [HEREDOC] if instruction.heredocs else []
    features += [f"{instruction.keyword} --{flag.name}" for flag in instruction.flags]
    return next((feature for feature in features if feature in SINCE and not knows(version, feature)), None)
