"""The terminal command ``pipeline``: the verbs of the `Pipeline` object, and what only a terminal needs."""

from pipeline.cli import startup


def main() -> None:
    """The ``pipeline`` command."""
    startup.collect_less_garbage()
    from pipeline.cli import app

    app.main()
