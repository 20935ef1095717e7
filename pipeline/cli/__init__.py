"""The terminal command ``pipeline``: the verbs of the `Pipeline` object, and what only a terminal needs."""

from pipeline.cli.app import main

__all__ = ["main"]
