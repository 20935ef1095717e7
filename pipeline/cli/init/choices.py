"""What the files are to say: as a flag says, else as what is there says, else as was found, else as is answered."""

import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import typer

from pipeline.addresses import check_registry
from pipeline.catalogue import Catalogue
from pipeline.cli.init.address import own_address
from pipeline.cli.init.candidate import Candidate
from pipeline.cli.init.candidates import Findings
from pipeline.cli.init.existing import MODULE, Existing
from pipeline.cli.init.survey import Survey
from pipeline.errors import BadFlag, WouldOverwrite, shown
from pipeline.services.tables import FILE_NAME, Repository
from pipeline.workflow import render

BOTH = ("linux/amd64", "linux/arm64")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Everything that the files say. A ``kept`` catalogue is one that is there already, and stays as it is."""

    repository: str
    registry: str
    main: str
    platforms: tuple[str, ...]
    services: tuple[Candidate, ...]
    module: str
    ci: render.Ci
    api: str | None = None
    kept: Catalogue | None = None


def choose(survey: Survey, findings: Findings, existing: Existing, given: Mapping[str, Any]) -> Choices:
    """Choose by the flags in ``given``, and ask for what is not known.

    Raises `BadFlag` for what is wrong or cannot be told, `WouldOverwrite` for a flag that what is there contradicts.
    """
    kept = None if given["force"] else existing.catalogue
    if kept:
        _check_kept(kept, given)
    if existing.module and not given["force"]:
        _check_same("module", given["module"], existing.module, MODULE)
    services = findings.services if kept else _services(survey, findings, given["service"])
    ask = _taken if given["yes"] else _asked
    repository = given["repository"] or _known(existing, "repository") or ask("repository", *_repository(survey))
    _check_repository(repository)
    owner = repository.partition("/")[0].lower()
    registry = given["registry"] or _known(existing, "registry") or ask("registry", "registry", f"ghcr.io/{owner}", "")
    check_registry("--registry", registry)
    return Choices(
        repository=repository,
        registry=registry,
        main=given["main"] or _known(existing, "main") or survey.main,
        platforms=_platforms(services),
        services=services,
        module=given["module"] or existing.module or ask("module", "address of this pipeline", own_address(), _MODULE),
        ci=given["for_"] or _ci(survey),
        api=survey.origin.api if survey.origin else None,
        kept=kept,
    )


_FORMS = {"repository": "OWNER/NAME", "registry": "HOST/PATH", "module": "github.com/OWNER/NAME@VERSION"}
_MODULE = "this installation does not say where it came from"


def _repository(survey: Survey) -> tuple[str, str | None, str]:
    origin = survey.origin
    why = f"origin is {origin.url}, which is no GitHub" if origin else "the clone has no remote called origin"
    return "GitHub repository", origin.repository if origin else None, why


def _known(existing: Existing, key: str) -> str:
    return getattr(existing.catalogue, key) if existing.catalogue else ""


def _services(survey: Survey, findings: Findings, only: Collection[str]) -> tuple[Candidate, ...]:
    names = [service.name for service in findings.services]
    if not names:
        seen = "".join(f"\n  {remark}" for remark in findings.remarks)
        raise BadFlag(
            f"No Dockerfile of a service was found in {survey.root}.{seen}",
            next=f"Run it in the monorepo that has them, or write {FILE_NAME} by hand and run it again.",
        )
    if unknown := [name for name in only if name not in names]:
        raise BadFlag(
            f"--service {shown(unknown[0])} was not found in {survey.root}.", next=f"Take one of: {', '.join(names)}."
        )
    return tuple(service for service in findings.services if not only or service.name in only)


def _platforms(services: Collection[Candidate]) -> tuple[str, ...]:
    """Both usual ones where every image is cross-compiled; else the one that needs no emulation in CI."""
    images = [service for service in services if service.kind == "image"]
    return BOTH if all(service.cross_compiles for service in images) else BOTH[:1]


def _ci(survey: Survey) -> render.Ci:
    """The CI that has a release workflow already; else the one that has a folder; else GitHub's."""
    there = [ci for ci in render.CIS if survey.root.joinpath(render.path(ci, "release")).exists()]
    return there[0] if there else "depot" if survey.has(".depot") else "github"


def _check_kept(kept: Catalogue, given: Mapping[str, Any]) -> None:
    for key in ("repository", "registry", "main"):
        _check_same(key, given[key], getattr(kept, key), FILE_NAME)
    if unknown := [name for name in given["service"] if name not in kept.services]:
        raise BadFlag(
            f"--service {shown(unknown[0])} is not in {FILE_NAME}, which is there already and stays as it is.",
            next=f"Add a table [services.{unknown[0]}] to it, or leave out --service to see what was found.",
        )


def _check_same(key: str, given: str, there: str, file: str) -> None:
    if given and given != there:
        raise WouldOverwrite(
            f"--{key} {shown(given)} is not what {file} says, which is {shown(there)}.",
            next=f"Change it in {file}, or let that be written anew: --force.",
        )


def _check_repository(repository: str) -> None:
    meta = get_args(Repository)[1]
    if not re.fullmatch(meta.pattern, repository):
        raise BadFlag(
            f"--repository {shown(repository)} is not a repository on GitHub.",
            next=f"Write it as owner/name, like {meta.examples[0]}.",
        )


def _asked(flag: str, what: str, found: str | None, why: str) -> str:
    if not sys.stdin.isatty():
        unknown = "" if found else f" --{flag} {_FORMS[flag]}, as {why}"
        raise BadFlag(
            f"There is no terminal to ask on for the {what}.", next=f"Add --yes{unknown and ' and' + unknown}."
        )
    answer: str = typer.prompt(f"The {what}" if found else f"The {what} ({why})", default=found, err=True)
    return answer


def _taken(flag: str, what: str, found: str | None, why: str) -> str:
    if found is None:
        raise BadFlag(f"The {what} cannot be told from what is here: {why}.", next=f"Pass it: --{flag} {_FORMS[flag]}")
    return found
