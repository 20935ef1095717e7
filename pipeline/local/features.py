"""What a Dockerfile may ask for that the installed buildah cannot do, told by feature and line."""

import re
from dataclasses import dataclass

from pipeline.local.dockerfile import Instruction, instructions


@dataclass(frozen=True, slots=True)
class Feature:
    """A part of the Dockerfile language, and the instructions that use it."""

    name: str
    pattern: re.Pattern[str]


HEREDOC = "a heredoc"

FEATURES = tuple(
    Feature(name, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for name, pattern in (
        ("COPY --link", r"(COPY|ADD)\s+(--\S+\s+)*--link\b"),
        ("COPY --parents", r"COPY\s+(--\S+\s+)*--parents\b"),
        ("COPY --exclude", r"(COPY|ADD)\s+(--\S+\s+)*--exclude\b"),
        ("ADD --checksum", r"ADD\s+(--\S+\s+)*--checksum\b"),
        (HEREDOC, r"(RUN|COPY|ADD)\b[^\n]*<<-?[\"']?[A-Za-z_]"),
        ("RUN --network", r"RUN\s+(--\S+\s+)*--network\b"),
        ("RUN --security", r"RUN\s+(--\S+\s+)*--security\b"),
    )
)
"""See https://docs.docker.com/reference/dockerfile/ and buildah's changelog."""


def used(text: str, said: str) -> tuple[int, str] | None:
    """The line and the feature that a build failed over, by what buildah said; None where it is something else."""
    step = re.search(r'STEP "(\w+)', said)
    # What cannot read heredocs takes their lines for instructions.
    in_heredoc = "unknown instruction" in said.lower()
    for _, instruction in instructions(text):
        feature = _feature(instruction)
        named = step is None or instruction.text.split()[0].upper() == step[1].upper()
        if feature and (feature == HEREDOC if in_heredoc else named):
            return instruction.line, feature
    return None


def _feature(instruction: Instruction) -> str | None:
    text = instruction.text.lstrip()
    return next((feature.name for feature in FEATURES if feature.pattern.match(text)), None)
