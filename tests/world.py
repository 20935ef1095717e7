"""A monorepo with released, half-released and unreleased tags, made once and shared by tests that only look; and the
infra repositories that promote from it, one per test.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from github import Auth, Github
from github.Repository import Repository

from pipeline.demo.git_server import GitServer
from pipeline.demo.github import GitHubDouble
from pipeline.demo.infra import create_infra
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import ACCEPT, Registry
from tests.site import QUICK, Site, local_session

ENVIRONMENT = "production001"
RELEASED = ("vault/v0.4.0", "vault/v0.5.0", "vault/v0.6.0-rc.1")

_INFRA = """
[infra]
repository = "{repository}"
values = "eks-cluster/helm-chart/{{service}}/values.yaml"
[infra.pins]
production001 = "eks-cluster/promotions/production001/{{service}}.yaml"
"""


@dataclass(frozen=True, kw_only=True)
class Infra:
    """An infra repository, and the site whose catalogue names it."""

    site: Site
    repo: Monorepo
    name: str

    def file(self, service: str, ref: str = "refs/heads/main") -> str:
        """A service's pin file at a ref."""
        return self.read(f"eks-cluster/promotions/{ENVIRONMENT}/{service}.yaml", ref)

    def read(self, path: str, ref: str = "refs/heads/main") -> str:
        """A file at a ref."""
        text: str = self.repo._git("show", f"{ref}:{path}")
        return f"{text}\n"

    def github(self) -> Repository:
        """The repository for somebody who may write to it."""
        return repository(self.site, self.name)


def repository(site: Site, name: str | None = None) -> Repository:
    """A repository of the GitHub double, through PyGithub, for the site's own token."""
    client = Github(base_url=site.github.url, auth=Auth.Token(site.tokens["github_token"]), retry=None, lazy=True)
    return client.get_repo(name or site.repository)


async def create_world(
    git: GitServer, registry: Registry, github: GitHubDouble, cache: Path, *, base_image: str
) -> Site:
    """A site where some tags are released, by the pipeline itself."""
    monorepo = Monorepo.create(git.root / "world" / "unkey.git", base_image=base_image)
    monorepo.commit({"Dockerfile": QUICK}, message="chore: build quickly")
    site = Site.create(monorepo, git, registry, github, "world")
    for tag in RELEASED:
        monorepo.commit({f"svc/{tag.partition('/')[0]}/{tag[-5:]}.md": tag}, message=f"feat: {tag}")
        monorepo.tag(tag)
        async with local_session(cache):
            released = await site.release(tag)
        assert released.exit_code == 0, released.report
    return site


def add_infra(site: Site, name: str, running: dict[str, str], digests: dict[str, str] | None = None) -> Infra:
    """An infra repository of a test's own, whose production runs these versions."""
    full = f"acme/{name}-infra"
    repo = create_infra(
        site.git.root / f"{name}-infra.git", registry=site.prefix, running=running, digests=digests or {}
    )
    site.github.add_repository(full, git_dir=repo.git_dir, private=True)
    token = f"ghp_{name}"
    site.github.add_token(token, permissions={site.repository: "push", full: "push"})
    text = site.catalogue + _INFRA.format(repository=full)
    return Infra(site=replace(site, catalogue=text).with_tokens(github_token=token), repo=repo, name=full)


def copy_image(site: Site, service: str, old: str, new: str) -> None:
    """Give an image of the site's registry another tag."""
    url = f"http://{site.registry.address}/v2/{site.image(service)}/manifests"
    manifest = httpx.get(f"{url}/{old}", headers=ACCEPT)
    kind = json.loads(manifest.content)["mediaType"]
    httpx.put(f"{url}/{new}", content=manifest.content, headers={"Content-Type": kind}).raise_for_status()
