"""npm packages as a release makes them, without anything built."""

from datetime import UTC, datetime

from pipeline.binaries.dist import Program
from pipeline.binaries.packages import About, Package, packages

COMMIT = "a" * 40


def made(name: str, version: str = "1.0.0", *, commit: str = COMMIT, content: bytes = b"program") -> list[Package]:
    """A release's packages for two platforms, the main one last."""
    about = About(
        name=name,
        version=version,
        commit=commit,
        committed=datetime(2024, 5, 1, tzinfo=UTC),
        repository_url="https://github.com/acme/mono",
        described={},
    )
    built = [Program("darwin", "arm64", "unkey", "a"), Program("linux", "x64", "unkey", "b")]
    return packages(about, built, {"a": content, "b": content})
