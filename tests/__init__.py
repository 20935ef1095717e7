"""The tests; what they share says what it found when an assertion in it fails."""

import pytest

pytest.register_assert_rewrite(
    "tests.world",
    "tests.convergence.bench",
    "tests.convergence.converged",
    "tests.cli.clone",
    "tests.demo.checked_github",
)
