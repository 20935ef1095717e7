"""Command-line tools: what GoReleaser builds and npm ships."""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from pipeline.cli.init.candidate import Candidate
from pipeline.cli.init.survey import Survey


def tools(survey: Survey, spaces: Collection[str]) -> Iterator[Candidate]:
    """A tool per GoReleaser configuration, with the npm package that has a command or is in a folder ``npm``."""
    for config in (file for file in survey.files if re.fullmatch(r"(.*/)?\.?goreleaser\.ya?ml", file)):
        for package in (file for file in survey.files if PurePosixPath(file).name == "package.json"):
            described = _json(survey.text(package))
            if described.get("name") and ("bin" in described or PurePosixPath(package).parent.name == "npm"):
                folder = PurePosixPath(package).parts[0] if "/" in package else ""
                name = "cli" if "cli" in spaces or not folder else folder
                yield Candidate(
                    name=name,
                    kind="cli",
                    goreleaser=config,
                    npm=str(described["name"]),
                    paths=(folder,) if folder else (),
                )
                return


def _json(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
