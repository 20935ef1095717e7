"""What a Dockerfile may ask for that the installed buildah cannot do, told by feature and line."""

import re

from pipeline.dockerfile.instruction import Instruction
from pipeline.dockerfile.instructions import instructions

HEREDOC = "a heredoc"

FLAGS = {
    "ADD": ("checksum", "exclude", "link"),
    "COPY": ("exclude", "link", "parents"),
    "RUN": ("network", "security"),
}
"""Flags of instructions that came later; see https://docs.docker.com/reference/dockerfile/ and buildah's changelog."""


def used(text: str, said: str) -> tuple[int, str] | None:
    """The line and the feature that a build failed over, by what buildah said; None where it is something else."""
    step = re.search(r'STEP "(\w+)', said)
    # What cannot read heredocs takes their lines for instructions.
    in_heredoc = "unknown instruction" in said.lower()
    for instruction in instructions(text):
        feature = _feature(instruction)
        named = step is None or instruction.keyword == step[1].upper()
        if feature and (feature == HEREDOC if in_heredoc else named):
            return instruction.line, feature
    return None


def _feature(instruction: Instruction) -> str | None:
    if instruction.heredocs:
        return HEREDOC
    late = FLAGS.get(instruction.keyword, ())
    return next((f"{instruction.keyword} --{flag.name}" for flag in instruction.flags if flag.name in late), None)
