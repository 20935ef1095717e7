"""``pipeline init``: its options, its questions, and what it says."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pipeline.cli.options import option
from pipeline.errors import BadFlag, PipelineError
from pipeline.workflow.render import Ci

if TYPE_CHECKING:
    from pipeline.cli.init.candidates import Candidate, Findings
    from pipeline.cli.init.files import Choices
    from pipeline.cli.init.survey import Survey

HELP = """Look at the monorepo that you are in, and write what releases it: services.toml, dagger.json, .env and the CI
workflows.

Services are found by their Dockerfiles, the folders these name, and the tags that are there. Nothing that exists is
overwritten without --force, and nothing is asked with --yes."""

BOTH = ("linux/amd64", "linux/arm64")

OPTIONS = [
    option("folder", Path, typer.Argument(help="The monorepo.", show_default="here"), Path()),
    option("repository", str, typer.Option("--repository", help="owner/name on GitHub. [default: origin's]"), ""),
    option("registry", str, typer.Option("--registry", help="Where images go. [default: ghcr.io/OWNER]"), ""),
    option("main", str, typer.Option("--main", help="The branch that releases come from. [default: origin's]"), ""),
    option(
        "service", list[str], typer.Option("--service", help="Only this one; may be repeated.", show_default=False), []
    ),
    option(
        "module", str, typer.Option("--module", help="This pipeline's address, such as github.com/OWNER/NAME@v1."), ""
    ),
    option(
        "for_", Ci | None, typer.Option("--for", help="Which CI. [default: depot where .depot is, else github]"), None
    ),
    option("force", bool, typer.Option("--force", help="Overwrite what is there."), False),
    option("yes", bool, typer.Option("--yes", "-y", help="Take what was found, and ask nothing."), False),
]


def run(given: Mapping[str, Any]) -> int:
    """Look, ask, write, say what is next, and give back the exit code."""
    from pipeline.cli.init.files import write
    from pipeline.cli.init.survey import look

    try:
        survey = look(given["folder"])
        findings = _findings(survey, given["service"])
        choices = _choices(survey, findings, given)
        _show(findings)
        if not given["yes"] and not typer.confirm("Write the files?", default=True, err=True):
            return 0
        written = write(survey.root, choices, force=given["force"])
    except PipelineError as error:
        print(f"{error.message}\nNext: {error.next}", file=sys.stderr)
        return error.exit_code
    _tell(survey, choices, written)
    return 0


def _findings(survey: "Survey", only: list[str]) -> "Findings":
    from pipeline.cli.init.candidates import find

    findings = find(survey)
    names = {service.name for service in findings.services}
    if unknown := [name for name in only if name not in names]:
        raise BadFlag(
            f"--service {unknown[0]} was not found in {survey.root}.",
            next=f"Found: {', '.join(sorted(names)) or 'none'}.",
        )
    if not names:
        raise BadFlag(
            f"No Dockerfile was found in {survey.root}.", next="Run it in the monorepo, or write services.toml by hand."
        )
    return replace(findings, services=tuple(s for s in findings.services if not only or s.name in only))


def _choices(survey: "Survey", findings: "Findings", given: Mapping[str, Any]) -> "Choices":
    from pipeline.cli.init.address import own_address
    from pipeline.cli.init.files import Choices

    ask = _asked if not given["yes"] else _taken
    origin = survey.origin
    repository = given["repository"] or ask("repository", "GitHub repository", origin.repository if origin else None)
    owner = repository.partition("/")[0].lower()
    return Choices(
        repository=repository,
        registry=given["registry"] or ask("registry", "Image registry", f"ghcr.io/{owner}"),
        main=given["main"] or survey.main,
        platforms=_platforms(findings.services),
        services=findings.services,
        module=given["module"] or ask("module", "This pipeline's address", own_address()),
        ci=given["for_"] or ("depot" if survey.has(".depot") else "github"),
        api=origin.api if origin else None,
    )


def _platforms(services: tuple["Candidate", ...]) -> tuple[str, ...]:
    """Both usual ones where every image is cross-compiled; else the one that needs no emulation in CI."""
    images = [service for service in services if service.kind == "image"]
    return BOTH if all(service.cross_compiles for service in images) else BOTH[:1]


def _asked(flag: str, question: str, found: str | None) -> str:
    if not sys.stdin.isatty():
        raise BadFlag("There is no terminal to ask on.", next=f"Add --yes, and --{flag} where {flag} is not found.")
    answer: str = typer.prompt(question, default=found, err=True)
    return answer


def _taken(flag: str, question: str, found: str | None) -> str:
    if found is None:
        raise BadFlag(f"{question}: it cannot be told from what is here.", next=f"Pass it: --{flag} ….")
    return found


def _show(findings: "Findings") -> None:
    width = max(len(service.name) for service in findings.services)
    for service in findings.services:
        target = f", target {service.target}" if service.target else ""
        print(f"found  {service.name:<{width}}  {service.dockerfile or service.goreleaser}{target}")
    for remark in findings.remarks:
        print(f"note   {remark}")


def _tell(survey: "Survey", choices: "Choices", written: list[str]) -> None:
    for path in written:
        print(f"wrote  {path}")
    if choices.ci == "depot":
        print("note   Depot CI needs the secret REGISTRY_TOKEN: a token that may write packages.")
    image = next((service for service in choices.services if service.kind == "image"), None)
    if image:
        print("\nNext: commit these files. To rehearse a release of what is on the main branch now:\n")
        print(f"  pipeline release --tag {_next_tag(survey, image.name)} --dry-run --ref {choices.main}")


def _next_tag(survey: "Survey", service: str) -> str:
    from pipeline.tag import tags_of
    from pipeline.versions import counted, next_tag

    tags = tags_of(service, survey.tags)
    return next_tag(service, tags).name if counted(tags) else f"{service}/v0.1.0"


def command(*, ctx: typer.Context, **given: Any) -> None:
    """Run it as Typer calls it."""
    del ctx
    raise typer.Exit(run(given))
