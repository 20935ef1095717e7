"""The helm values of a service: which image its chart deploys."""

from pipeline.errors import WrongImage, shown
from pipeline.infra.yaml_text import Table, tables


def check(source: str, image: str, file: str) -> None:
    """Raise `WrongImage` unless some ``image.repository`` of the values is ``image``."""
    repositories = [name for table in tables(source, file) for name in _repository(table)]
    if image in repositories:
        return
    found = f"only {', '.join(shown(name) for name in repositories)}" if repositories else "none"
    raise WrongImage(
        f"{file} deploys {found} as image.repository, not {image}.",
        next="Correct the chart first: a pin would move another image, or none.",
    )


def _repository(table: Table) -> list[str]:
    """``image.repository`` at any depth; some charts keep the registry's host beside it."""
    value = table.values.get("repository")
    if not value or table.path[-1:] != ("image",):
        return []
    host = table.values.get("registry")
    return [f"{host.text}/{value.text}" if host and host.text else value.text]
