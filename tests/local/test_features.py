"""What a build failed over, told by what the Dockerfile asks for."""

import pytest

from pipeline.local.features import remedy, used

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
    assert used(f"FROM a\n{instruction}\n", said, "1.28.2") == expected


@pytest.mark.parametrize(
    ("version", "flags", "expected"),
    [
        ("1.33.7", "--link", (2, "COPY --link")),
        ("1.37.0", "--link", None),
        ("1.39.3", "--link --exclude=b", None),
        ("1.39.3", "--link --parents", (2, "COPY --parents")),
        ("of an unknown version", "--link", (2, "COPY --link")),
    ],
)
def test_what_a_newer_one_knows_is_not_what_failed(version: str, flags: str, expected: tuple[int, str] | None) -> None:
    assert used(f"FROM a\nCOPY {flags} a /a\n", 'at STEP "COPY a /a": no such file', version) == expected


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("a heredoc", "use buildah 1.33 or newer (Ubuntu 24.04, Debian 13), or a Dagger engine (--engine dagger)"),
        ("COPY --link", "use buildah 1.37 or newer (Debian 13), or a Dagger engine (--engine dagger)"),
        ("COPY --parents", "use buildah 1.40 or newer, or a Dagger engine (--engine dagger)"),
        ("RUN --security", "use a Dagger engine (--engine dagger)"),
    ],
)
def test_what_to_use_instead(feature: str, expected: str) -> None:
    assert remedy(feature) == expected
