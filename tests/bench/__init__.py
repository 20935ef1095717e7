"""The pipeline measured against the same work by hand: ``python -m tests.bench``."""
