"""A monorepo, a registry and a GitHub of one test's own, and the pipeline called on them through a session."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import dagger
import pytest
from dagger import dag

from pipeline import local
from pipeline.demo.git_server import GitServer
from pipeline.demo.github import GitHubDouble
from pipeline.demo.github.store import Release
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from pipeline.errors import Answered
from pipeline.main import Pipeline

Json = dict[str, Any]

QUICK = "FROM scratch\nCOPY README.md /\n"
"""The least that is an image: for what is about anything but building."""

_CATALOGUE = """\
repository = "{repository}"
registry = "{prefix}"
platforms = {platforms}

[limits]
first_wait = 0.01
longest_wait = 0.05

[services.api]
[services.vault]
[services.krane]
[services.cli]
kind = "cli"
npm = "unkey"
"""

WRITER, READER = "ghp_writer", "ghp_reader"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended: the exit code the terminal command would have, and the report."""

    exit_code: int
    report: Json

    @property
    def stages(self) -> dict[str, str]:
        """How each stage ended."""
        return {stage["name"]: stage["outcome"] for stage in self.report["stages"]}

    @property
    def error(self) -> Json:
        """Why it stopped."""
        error: Json = self.report["error"]
        return error


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a test releases from and to."""

    monorepo: Monorepo
    git: GitServer
    registry: Registry
    github: GitHubDouble
    namespace: str
    catalogue: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """Constructor arguments that are not secrets."""
    tokens: Mapping[str, str] = field(default_factory=lambda: {"github_token": WRITER})

    @classmethod
    def create(
        cls, monorepo: Monorepo, git: GitServer, registry: Registry, github: GitHubDouble, namespace: str
    ) -> "Site":
        """Make the GitHub repository, with a token that may write to it and one that may not."""
        repository = f"acme/{namespace}"
        github.add_repository(repository, git_dir=monorepo.git_dir)
        for token, permission in ((f"{WRITER}_{namespace}", "push"), (f"{READER}_{namespace}", "pull")):
            github.add_token(token, permissions={repository: permission})  # type: ignore[dict-item]
        site = cls(
            monorepo=monorepo,
            git=git,
            registry=registry,
            github=github,
            namespace=namespace,
            catalogue="",
            settings={"github_api": github.url, "git_url": git.url_of(monorepo.git_dir)},
            tokens={"github_token": f"{WRITER}_{namespace}"},
        )
        return site.with_platforms("linux/amd64")

    def with_platforms(self, *platforms: str) -> "Site":
        """The same, building for other platforms."""
        text = _CATALOGUE.format(repository=self.repository, prefix=self.prefix, platforms=json.dumps(platforms))
        return replace(self, catalogue=text)

    def with_catalogue(self, *lines: str, service: str | None = None) -> "Site":
        """The same with more lines in the catalogue, at its beginning or in the table of a service."""
        more = "\n".join(lines) + "\n"
        header = f"[services.{service}]\n"
        text = self.catalogue.replace(header, header + more) if service else more + self.catalogue
        return replace(self, catalogue=text)

    def with_npm(self, package: str) -> "Site":
        """The same with another npm package for the command-line tool."""
        return replace(self, catalogue=self.catalogue.replace('npm = "unkey"', f'npm = "{package}"'))

    def with_settings(self, **settings: str) -> "Site":
        """The same with other constructor arguments."""
        return replace(self, settings={**self.settings, **settings})

    def with_tokens(self, **tokens: str) -> "Site":
        """The same with these tokens and no others."""
        return replace(self, tokens=tokens)

    @property
    def repository(self) -> str:
        """The repository's name at GitHub."""
        return f"acme/{self.namespace}"

    @property
    def prefix(self) -> str:
        """Where images go."""
        return f"{self.registry.address}/{self.namespace}"

    @property
    def reader(self) -> str:
        """A token that may only read."""
        return f"{READER}_{self.namespace}"

    def image(self, service: str) -> str:
        """The image's name within the registry."""
        return f"{self.namespace}/{service}"

    def releases(self) -> list[Release]:
        """What GitHub has, drafts too."""
        return list(self.github.store.repositories[self.repository].releases.values())

    def latest(self) -> str | None:
        """The tag of the release that GitHub shows as the latest."""
        repository = self.github.store.repositories[self.repository]
        return repository.releases[repository.latest_id].tag_name if repository.latest_id else None

    def published(self) -> dict[str, list[str]]:
        """All that a run can leave behind: image tags by service, and releases."""
        tags = {service: self.registry.tags(self.image(service)) for service in ("api", "vault", "krane")}
        found = {service: names for service, names in tags.items() if names}
        releases = [f"{release.tag_name}{' (draft)' if release.draft else ''}" for release in self.releases()]
        return found | ({"releases": releases} if releases else {})

    def pipeline(self) -> Pipeline:
        """The object that all verbs belong to, in the session that is connected."""
        secrets = {name: dag.set_secret(name, value) for name, value in self.tokens.items()}
        # mypy does not see that dagger.object_type makes it a dataclass.
        return Pipeline(config=dag.file("services.toml", self.catalogue), **self.settings, **secrets)  # type: ignore[call-arg]

    async def release(self, tag: str, **arguments: Any) -> Outcome:
        """Release a tag in the session that is connected."""
        try:
            report = await self.pipeline().release([tag], as_json=True, **arguments)
        except Answered as failure:
            return Outcome(exit_code=failure.error.exit_code, report=json.loads(str(failure)))
        return Outcome(exit_code=0, report=json.loads(report))


@asynccontextmanager
async def local_session(cache: Path) -> AsyncIterator[list[str]]:
    """A local session with the SDK connected to it; the output of builds is collected."""
    heard: list[str] = []
    async with local.session(cache=cache, on_output=heard.append) as endpoint:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DAGGER_SESSION_PORT", str(endpoint.port))
            patch.setenv("DAGGER_SESSION_TOKEN", endpoint.token)
            async with dagger.connection():
                yield heard
