"""What most of a short run's time goes to: importing the SDK and the stages, and collecting garbage."""

import gc
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

OPTIMIZE = "PYTHONOPTIMIZE"

YOUNG = 20_000
"""Objects more than before, after which the garbage collector looks for cycles: a whole run makes some megabytes of them,
and Python's own 700 would have it look two hundred times.
"""


def collect_less_garbage() -> None:
    """Let the garbage collector look for cycles as seldom as a run that ends soon needs."""
    gc.set_threshold(YOUNG)


def import_stages() -> None:
    """Import all in one go.

    Without the garbage collector, which would walk over all of it again and again and find nothing; and without
    beartype's wrappers around each of the SDK's methods, which check at every call what mypy has checked once
    (https://github.com/beartype/beartype/issues/341).
    """
    gc.disable()
    with _optimized():
        importlib.import_module("pipeline.cli.answer")
    gc.freeze()
    gc.enable()


@contextmanager
def _optimized() -> Iterator[None]:
    """``PYTHONOPTIMIZE`` is set, but no program that is started later gets to see it."""
    before = os.environ.get(OPTIMIZE)
    os.environ[OPTIMIZE] = "1"
    try:
        yield
    finally:
        del os.environ[OPTIMIZE]
        if before is not None:
            os.environ[OPTIMIZE] = before
