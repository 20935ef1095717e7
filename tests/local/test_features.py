"""What a build failed over, told by what the Dockerfile asks for."""

import pytest

from pipeline.local.features import remedy, used

UNKNOWN = "Unknown instruction: HELLO"
SUPPORTS = "only supports the --mount flag"


@pytest.mark.parametrize(
    ("instruction", "said", "expected"),
    [
        ("COPY --chown=1 --link a /a", "COPY only supports the --chmod", (2, "COPY --link")),
        ("add \\\n --checksum=sha256:0 a /a", "unknown flag", (2, "ADD --checksum")),
        ("RUN --network=none true", f'at STEP "RUN --network=none true": RUN {SUPPORTS}', (2, "RUN --network")),
        ("RUN --network=none true", f'at STEP "COPY a /a": COPY {SUPPORTS}', None),
        ("RUN --network=none true", 'at STEP "RUN --network=none true": exit status 1', None),
        ("COPY --link a /a", 'at STEP "COPY --link a /a": COPY --link is not supported', (2, "COPY --link")),
        ("COPY --link a /a", 'at STEP "COPY --link a /a": copier: stat: "/a": no such file', None),
        (
            "COPY <<EOF /a\nhello\nEOF",
            'at STEP "COPY <<EOF /a": copier: stat: "/<<EOF": no such file',
            (2, "a heredoc"),
        ),
        ("COPY <<'EOF' /a\nhello\nEOF", UNKNOWN, (2, "a heredoc")),
        ("RUN --network=none true", UNKNOWN, None),
        ("RUN cat <<<hello", UNKNOWN, None),
        ("COPY --from=b --link /a", "COPY only supports the", (2, "COPY --link")),
        ("RUN tool --network=none", f'at STEP "RUN tool --network=none": RUN {SUPPORTS}', None),
    ],
)
def test_what_was_used(instruction: str, said: str, expected: tuple[int, str] | None) -> None:
    assert used(f"FROM a\n{instruction}\n", said) == expected


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("a heredoc", "use buildah 1.39 or newer (Debian 13), or a Dagger engine (--engine dagger)"),
        ("COPY --link", "use buildah 1.41 or newer, or a Dagger engine (--engine dagger)"),
        (
            "RUN --network",
            "use buildah 1.33 or newer (Ubuntu 24.04, Debian 13), or a Dagger engine (--engine dagger)",
        ),
        ("RUN --security", "use a Dagger engine (--engine dagger)"),
    ],
)
def test_what_to_use_instead(feature: str, expected: str) -> None:
    assert remedy(feature) == expected
