"""The command that comes next: a rehearsal of one of the services, as it works from here."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.cli.init.choices import Choices
from pipeline.cli.init.existing import Existing
from pipeline.cli.init.survey import Survey
from pipeline.tag import tags_of
from pipeline.versions import counted, next_tag


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Which service to rehearse, and the files of services that are not on the main branch yet."""

    service: str
    not_on_main: tuple[str, ...]

    @classmethod
    def of(cls, survey: Survey, choices: Choices) -> "Rehearsal":
        """The first image of those that can be built, or else the first service there is."""
        committed = survey.committed(choices.main)
        files = _files(choices)
        there = {name: kind for name, (kind, file) in files.items() if file in committed} or {
            name: kind for name, (kind, _) in files.items()
        }
        first = next((name for name, kind in there.items() if kind == "image"), next(iter(there)))
        return cls(first, tuple(dict.fromkeys(file for _, file in files.values() if file not in committed)))

    def command(self, survey: Survey, choices: Choices, existing: Existing) -> str:
        """The command; it begins with a change of folder where that is needed."""
        words = ["pipeline", "release", "--tag", _next_tag(survey, self.service), "--dry-run", "--ref", choices.main]
        if url := _git_url(survey, existing):
            words += ["--git-url", url]
        line = shlex.join(words)
        return line if Path.cwd().is_relative_to(survey.root) else f"cd {shlex.quote(str(survey.root))} && {line}"


def _files(choices: Choices) -> dict[str, tuple[str, str]]:
    """The kind of each service, and the file that it is built by."""
    if choices.kept is None:
        return {service.name: (service.kind, service.file) for service in choices.services}
    return {
        name: (service.kind, service.table.dockerfile if service.kind == "image" else service.table.goreleaser)
        for name, service in choices.kept.services.items()
    }


def _git_url(survey: Survey, existing: Existing) -> str | None:
    """Where the commits are to be had, if that is not the repository on GitHub."""
    origin = survey.origin
    if "GITURL" in existing.settings:
        return None
    if origin is None:
        return str(survey.root)
    named = origin.host and origin.host == urlsplit(existing.settings.get("GITHUBAPI", "")).netloc
    return None if named or origin.kind in ("github", "enterprise") else origin.url


def _next_tag(survey: Survey, service: str) -> str:
    tags = tags_of(service, survey.tags)
    return next_tag(service, tags).name if counted(tags) else f"{service}/v0.1.0"
