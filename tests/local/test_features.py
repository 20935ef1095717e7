"""What a build failed over, told by what the Dockerfile asks for."""

import pytest

from pipeline.local.features import used

UNKNOWN = "Unknown instruction: HELLO"


@pytest.mark.parametrize(
    ("instruction", "said", "expected"),
    [
        ("COPY --chown=1 --link a /a", "COPY only supports the --chmod", (2, "COPY --link")),
        ("add \\\n --checksum=sha256:0 a /a", "unknown flag", (2, "ADD --checksum")),
        ("RUN --network=none true", 'at STEP "RUN --network=none true"', (2, "RUN --network")),
        ("RUN --network=none true", 'at STEP "COPY a /a"', None),
        ("COPY <<'EOF' /a\nhello\nEOF", UNKNOWN, (2, "a heredoc")),
        ("RUN --network=none true", UNKNOWN, None),
        ("RUN cat <<<hello", UNKNOWN, None),
        ("COPY --from=b --link /a", "COPY only supports", (2, "COPY --link")),
        ("RUN tool --network=none", 'at STEP "RUN tool --network=none"', None),
    ],
)
def test_what_was_used(instruction: str, said: str, expected: tuple[int, str] | None) -> None:
    assert used(f"FROM a\n{instruction}\n", said) == expected
