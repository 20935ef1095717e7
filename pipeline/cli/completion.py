"""What a shell may complete an option's value with: what the catalogue and the clone here say, and nothing from afar."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import typer

from pipeline.cli.table import Parameter
from pipeline.workflow.render import CIS, KINDS

Complete = Callable[[typer.Context, str], list[str]]


def of(parameter: Parameter) -> Complete | None:
    """What completes a verb's parameter, if anything does."""
    return _BY_NAME.get(parameter.name)


def services(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names of services."""
    return [name for name in _catalogue(ctx)[0] if name.startswith(incomplete)]


def _environments(ctx: typer.Context, incomplete: str) -> list[str]:
    return [name for name in _catalogue(ctx)[1] if name.startswith(incomplete)]


def _tags(ctx: typer.Context, incomplete: str) -> list[str]:
    """The release tags of the clone here; where there are none, how they begin."""
    beginnings = [f"{name}/v" for name in _catalogue(ctx)[0]]
    tags = [tag for tag in _tags_here() if tag.startswith(tuple(beginnings))]
    found = [tag for tag in tags if tag.startswith(incomplete)]
    return found or [beginning for beginning in beginnings if beginning.startswith(incomplete)]


def _tags_here() -> list[str]:
    from pipeline.process import ProcessError, run_sync

    with suppress(ProcessError):
        return run_sync(["git", "tag", "--list", "--sort=-version:refname"], timeout=2).text.splitlines()
    return []


def _catalogue(ctx: typer.Context) -> tuple[list[str], list[str]]:
    """The services and the environments of the catalogue; none where it cannot be read."""
    from pipeline.catalogue import Catalogue
    from pipeline.cli.settings import read_catalogue
    from pipeline.errors import PipelineError

    with suppress(PipelineError):
        given = [context.params.get("config") for context in (ctx, ctx.parent) if context]
        catalogue = Catalogue.parse(read_catalogue(next(filter(None, given), None))[1])
        return list(catalogue.services), list(catalogue.infra.pins if catalogue.infra else ())
    return [], []


def _one_of(values: Sequence[str]) -> Complete:
    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        del ctx
        return [value for value in values if value.startswith(incomplete)]

    return complete


_BY_NAME: dict[str, Complete] = {
    "tag": _tags,
    "service": services,
    "environment": _environments,
    "for_": _one_of(CIS),
    "kind": _one_of(KINDS),
}
