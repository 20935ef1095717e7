"""The pages of the reference, by file name."""

from pathlib import Path

from tests.reference import calls, errors, schema

FOLDER = Path(__file__).parents[2] / "docs" / "reference"

_INDEX = """\
# Reference

- [services.toml](catalogue.md): every key of the catalogue
- [Calls](calls.md): every verb, with its flags
- [The report](report.md): what a release answers with `--json`, and the record that it leaves
- [Exit codes and errors](errors.md)
"""


def pages() -> dict[str, str]:
    """Every page's text."""
    made = {
        "README.md": _INDEX,
        "catalogue.md": schema.catalogue(),
        "calls.md": calls.page(),
        "report.md": schema.report(),
        "errors.md": errors.page(),
    }
    return {name: f"{text.rstrip()}\n\n{_MADE}\n" for name, text in made.items()}


_MADE = "<!-- Made from the code by `make commands`; a test compares it. -->"
