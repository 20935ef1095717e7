"""Workflows from the catalogue: one file per CI and per kind, made from templates."""

from collections.abc import Sequence
from typing import Literal, TypeVar, get_args

from pipeline.catalogue import Catalogue
from pipeline.errors import BadFlag, shown
from pipeline.workflow import pins

Ci = Literal["depot", "github"]
Kind = Literal["release", "rehearse"]
ChoiceT = TypeVar("ChoiceT", bound=str)

CIS: tuple[Ci, ...] = get_args(Ci)
KINDS: tuple[Kind, ...] = get_args(Kind)

RUNNERS: dict[Ci, str] = {"depot": "depot-ubuntu-24.04", "github": "ubuntu-24.04"}
"""See https://depot.dev/docs/ci/compatibility and https://docs.github.com/actions/reference/runners/github-hosted-runners."""

HEAD = "# Made from services.toml by `pipeline workflow "
"""How every workflow begins that is made here."""

VERSION_PATTERN = "v[0-9]+.[0-9]+.[0-9]+*"
"""A version in the syntax of workflow filters, where ``*`` does not cross a ``/`` and a dot is a dot
(https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet).
It is wider than SemVer: what it lets through, the pipeline parses strictly.
"""


def path(ci: Ci, kind: Kind) -> str:
    """Where a CI looks for the workflow in a repository."""
    return f".{ci}/workflows/{kind}.yaml"


def tag_patterns(catalogue: Catalogue) -> list[str]:
    """A filter pattern per service."""
    return [f"{service}/{VERSION_PATTERN}" for service in catalogue.services]


def render(catalogue: Catalogue, *, ci: str, kind: str) -> str:
    """The workflow's text. Raises `BadFlag` for a CI or a kind that there is no workflow for."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # A workflow has ``{{ … }}`` of its own.
    environment = Environment(
        loader=PackageLoader("pipeline.workflow"),
        undefined=StrictUndefined,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - it is YAML
    )
    chosen = _chosen("--for", ci, CIS)
    clis = [name for name, service in catalogue.services.items() if service.kind == "cli"]
    template = environment.get_template(f"{_chosen('--kind', kind, KINDS)}.yaml.j2")
    return template.render(
        ci=chosen,
        kind=kind,
        main=catalogue.main,
        patterns=tag_patterns(catalogue),
        clis=clis,
        is_cli=" || ".join(f"startsWith(github.ref_name, '{name}/')" for name in clis),
        runner=RUNNERS[chosen],
        pins=pins,
    )


def _chosen(flag: str, value: str, choices: Sequence[ChoiceT]) -> ChoiceT:
    for choice in choices:
        if choice == value:
            return choice
    raise BadFlag(f"{flag} {shown(value)} is unknown.", next=f"It takes one of: {', '.join(choices)}.")
