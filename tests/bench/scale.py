"""How much is measured: everything, or just enough to see that it works."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Sizes of every case, and how often each is run."""

    pairs: int
    """Of a short release, by hand and by the pipeline."""
    rounds: int
    """Of everything else."""
    build_seconds: int
    """How long the long build takes, about."""
    commits: tuple[int, ...]
    tags: tuple[int, ...]
    services: tuple[int, ...]
    platforms: tuple[int, ...]


FULL = Scale(
    pairs=5,
    rounds=3,
    build_seconds=10,
    commits=(1_000, 10_000, 100_000),
    tags=(10, 100, 1_000, 5_000),
    services=(1, 2, 4, 7),
    platforms=(1, 2, 4),
)

QUICK = Scale(
    pairs=1, rounds=1, build_seconds=1, commits=(100, 1_000), tags=(10, 100), services=(1, 2), platforms=(1, 2)
)
