"""What was found as the text of ``services.toml``."""

import json
from collections.abc import Iterator, Sequence

from pipeline.cli.init.candidate import Candidate


def catalogue(repository: str, registry: str, main: str, platforms: Sequence[str]) -> str:
    """The head of the file."""
    return "\n".join(
        [
            "# The services that release from this repository: `pipeline services` shows them, defaults filled in.",
            f"repository = {_toml(repository)}",
            f"main = {_toml(main)}",
            f"registry = {_toml(registry)}",
            f"platforms = {_toml(platforms)}",
            "",
        ]
    )


def service(found: Candidate) -> str:
    """The table of one service."""
    return "".join(f"{line}\n" for line in _lines(found))


def _lines(found: Candidate) -> Iterator[str]:
    yield f"[services.{found.name if '.' not in found.name else _toml(found.name)}]"
    if found.kind == "cli":
        yield 'kind = "cli"'
        yield f"goreleaser = {_toml(found.goreleaser)}"
        yield f"npm = {_toml(found.npm)}"
    else:
        yield f"dockerfile = {_toml(found.dockerfile)}"
    if found.context != ".":
        yield f"context = {_toml(found.context)}"
    if found.target:
        yield f"target = {_toml(found.target)}"
    if found.build_args:
        yield f"build_args = {{ {', '.join(f'{name} = {_toml(value)}' for name, value in found.build_args.items())} }}"
    if found.paths:
        yield f"paths = {_toml(found.paths)} # what release notes tell of, and what a rehearsal waits for"


def _toml(value: str | Sequence[str]) -> str:
    """A value as TOML: its strings and lists are spelled as JSON's are."""
    return json.dumps(value if isinstance(value, str) else list(value), ensure_ascii=False)
