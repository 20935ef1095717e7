"""What ``pipeline init`` says: what it found and guessed, what it wrote, and the command that comes next."""

from collections import Counter
from collections.abc import Iterator

from pipeline.catalogue import Catalogue
from pipeline.cli.init import tables
from pipeline.cli.init.candidate import Candidate
from pipeline.cli.init.candidates import Findings
from pipeline.cli.init.choices import Choices
from pipeline.cli.init.existing import ENV, Existing
from pipeline.cli.init.files import Plan
from pipeline.cli.init.origin import Origin
from pipeline.cli.init.rehearsal import Rehearsal
from pipeline.cli.init.survey import Survey
from pipeline.services.tables import FILE_NAME


def before(survey: Survey, findings: Findings, choices: Choices) -> None:
    """Say what was found, and from what; or what a catalogue that stays as it is lacks of it."""
    if choices.kept:
        for service in _new(findings, choices.kept):
            print(f"note   {service.name} ({service.file}) is not in {FILE_NAME}; to release it, add:\n")
            print("".join(f"    {line}\n" for line in tables.service(service).splitlines()))
        return
    for service in choices.services:
        print("\n".join(_found(service)))
    for remark in findings.remarks:
        print(f"note   {remark}")


def after(survey: Survey, choices: Choices, existing: Existing, planned: Plan) -> None:
    """Say what was written, what could not be told, and what is next."""
    for path in planned.kept:
        print(f"kept   {path}")
    for path in planned.files:
        print(f"wrote  {path}")
    rehearsal = Rehearsal.of(survey, choices)
    for note in [*_notes(survey, choices, existing, planned), *_uncommitted(rehearsal, choices)]:
        print(f"note   {note}")
    done = f"Next: look at {FILE_NAME}, and commit these files." if planned.files else "Nothing changed: all is there."
    print(f"\n{done} To rehearse a release of what is on {choices.main}:")
    print(f"\n  {rehearsal.command(survey, choices, existing)}")


def _found(service: Candidate) -> Iterator[str]:
    target = f", target {service.target}" if service.target else ""
    yield f"found  {service.name}: {service.file}{target}"
    if service.why:
        context = "the root" if service.context == "." else service.context
        yield f"       context: {context}, as {service.why}"
    yield f"       paths: {', '.join(service.paths) or 'all, as anything may go into it'}"


def _new(findings: Findings, kept: Catalogue) -> Iterator[Candidate]:
    """What was found but is not in the catalogue, by its name or, under another name, by what it is built from."""
    built = Counter((service.file, service.target) for service in findings.services)
    there = {(service.table.dockerfile, service.table.target) for service in kept.services.values()}
    for service in findings.services:
        renamed = built[service.file, service.target] == 1 and (service.file, service.target) in there
        if service.name not in kept.services and not renamed:
            yield service


def _notes(survey: Survey, choices: Choices, existing: Existing, planned: Plan) -> Iterator[str]:
    origin = survey.origin
    settled = "GITHUBAPI" in existing.settings
    if not settled and (origin is None or origin.kind in ("unsure", "elsewhere")):
        yield _unsure(origin, choices)
    if not settled and origin and origin.api and ENV in planned.files:
        yield f"{origin.host} looks like a GitHub Enterprise, so {ENV} has GITHUBAPI={origin.api}; correct it if not."
    if choices.ci == "depot" and planned.files:
        yield "Depot CI needs the secret REGISTRY_TOKEN: a token that may write packages."
    if survey.ignores(ENV):
        yield f"{ENV} is ignored by git, but CI reads it: once no secret is in it, git add --force {ENV}"


def _unsure(origin: Origin | None, choices: Choices) -> str:
    whose = f"origin {origin.url} is not known as a GitHub" if origin else "the clone has no remote called origin"
    api = origin.api_if_enterprise if origin and origin.kind == "unsure" else "https://HOST/api/v3"
    return (
        f"{whose[0].upper()}{whose[1:]}, so releases go to github.com/{choices.repository}; for a GitHub Enterprise, add "
        f"GITHUBAPI={api} to {ENV}."
    )


def _uncommitted(rehearsal: Rehearsal, choices: Choices) -> Iterator[str]:
    if missing := rehearsal.not_on_main:
        yield f"{', '.join(missing)} is not on {choices.main} yet: push it there before that service can be rehearsed."
