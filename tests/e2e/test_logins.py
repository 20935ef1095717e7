"""Git servers and registries that ask who is there, and what a wrong answer is told."""

from dataclasses import replace

import pytest

from pipeline.demo.git_server import GitServer
from pipeline.demo.registry import Registry
from tests.conftest import LOGIN
from tests.e2e.conftest import Release
from tests.site import Site

pytestmark = pytest.mark.anyio

USER, PASSWORD = LOGIN


@pytest.fixture
def locked(site: Site, git_server_with_login: GitServer, registry_with_login: Registry) -> Site:
    """A site whose git server and registry ask for `LOGIN`, which is a token of its GitHub too."""
    site.github.add_token(PASSWORD, permissions={site.repository: "push"})
    site = replace(site, registry=registry_with_login, git=git_server_with_login).with_platforms("linux/amd64")
    site = site.with_settings(
        git_url=git_server_with_login.url_of(site.monorepo.git_dir), registry_username=USER, registry=site.prefix
    )
    site.monorepo.tag("vault/v0.4.0")
    return site


async def test_a_release_through_logins(locked: Site, release: Release) -> None:
    run = await release(locked.with_tokens(github_token=PASSWORD, registry_token=PASSWORD), "vault/v0.4.0")
    assert (run.exit_code, run.report["outcome"]) == (0, "released")
    assert locked.registry.tags(locked.image("vault")) == ["v0.4.0"]
    assert PASSWORD not in str(run.report)


@pytest.mark.parametrize(
    ("tokens", "said", "flag"),
    [
        ({}, "git", "--github-token"),
        ({"github_token": "wrong"}, "git", "--github-token"),
        ({"github_token": PASSWORD}, "registry", "--registry-token"),
        ({"github_token": PASSWORD, "registry_token": "wrong"}, "registry", "--registry-token"),
    ],
    ids=["no token", "wrong token", "no registry token", "wrong registry token"],
)
async def test_who_is_not_let_in_is_told_by_whom(
    locked: Site, release: Release, tokens: dict[str, str], said: str, flag: str
) -> None:
    run = await release(locked.with_tokens(**tokens), "vault/v0.4.0")
    assert (run.exit_code, run.report["outcome"], run.error["kind"]) == (4, "failed", "not-authorized")
    host = locked.settings["git_url"] if said == "git" else locked.registry.address
    assert host in run.error["message"]
    assert flag in run.error["next"]
    assert run.stages["build"] == "not-reached"
    assert locked.published() == {}


async def test_a_rehearsal_without_a_registry_token_says_what_it_did_not_look_at(
    locked: Site, release: Release
) -> None:
    run = await release(locked.with_tokens(github_token=PASSWORD), "vault/v0.4.0", dry_run=True)
    assert (run.exit_code, run.report["outcome"]) == (0, "rehearsed")
    preflight = next(stage for stage in run.report["stages"] if stage["name"] == "preflight")
    assert "registry not checked: no token" in preflight["detail"]


async def test_a_rehearsal_with_a_wrong_registry_token_fails(locked: Site, release: Release) -> None:
    tokens = locked.with_tokens(github_token=PASSWORD, registry_token="wrong")
    run = await release(tokens, "vault/v0.4.0", dry_run=True)
    assert (run.exit_code, run.error["kind"]) == (4, "not-authorized")


async def test_a_token_that_may_only_read_is_found_before_anything_is_built(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    run = await release(site.with_tokens(github_token=site.reader), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"], run.stages["build"]) == (4, "not-authorized", "not-reached")
    assert "contents: write" in run.error["next"]
    assert site.published() == {}


@pytest.mark.parametrize("token", ["", "  ", "ghp_wrong"])
async def test_a_token_that_github_does_not_know(site: Site, release: Release, token: str) -> None:
    site.monorepo.tag("vault/v0.4.0")
    run = await release(site.with_tokens(github_token=token), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (4, "not-authorized")
    assert "--github-token" in run.error["next"]
    assert site.published() == {}
