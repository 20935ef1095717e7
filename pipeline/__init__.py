"""A release pipeline for a monorepo of services, as a Dagger module.

A tag ``<service>/vX.Y.Z`` on main becomes one image and one GitHub release. The same call runs on a laptop and in
CI, on a Dagger engine and on machines without one.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.main import Pipeline

__all__ = ["Pipeline", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the Dagger object only when it is asked for: the SDK costs most of a second."""
    if name == "Pipeline":
        from pipeline.main import Pipeline

        return Pipeline
    raise AttributeError(f"module 'pipeline' has no attribute {name!r}")
