"""Audits, status and board look at npm for command-line tools."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.binaries.document import document
from pipeline.errors import Answered
from tests.binaries.made import made
from tests.binaries.npm_registry import NpmRegistry
from tests.faults.proxy import Proxy
from tests.faults.rules import Answer
from tests.site import Json, Site, local_session

pytestmark = pytest.mark.anyio

LACKING = {"1.0.0": (), "1.1.0": ("linux-x64",), "1.2.0": ("",), "1.3.0": ("", "darwin-arm64", "linux-x64")}
"""Versions of the tool, and which of their packages are not there; the main one is without a suffix."""


@pytest.fixture
def proxy(npm_registry: NpmRegistry, proxy_to: Callable[[str], Proxy]) -> Proxy:
    return proxy_to(npm_registry.address)


@pytest.fixture
def tool(site: Site, npm_registry: NpmRegistry, proxy: Proxy, namespace: str) -> Site:
    """A site where a tool is tagged and partly published."""
    package = f"unkey-{namespace}"
    site = site.with_settings(npm_registry=proxy.url).with_tokens(**site.tokens, npm_token=npm_registry.token)
    site = site.with_npm(package)
    for version, lacking in LACKING.items():
        commit = site.monorepo.tag(f"cli/v{version}")
        for one in made(package, version, commit=commit):
            if one.name.removeprefix(package).lstrip("-") not in lacking:
                npm_registry.publish(document(one, "latest", npm_registry.url))
    proxy.clear()
    return site


async def _audit(site: Site, cache: Path) -> Json:
    async with local_session(cache):
        try:
            audit: Json = json.loads(await site.pipeline().audit(as_json=True))
        except Answered as failure:
            audit = json.loads(str(failure))
    return audit


async def test_an_audit_finds_packages_that_are_missing(tool: Site, proxy: Proxy, session_cache: Path) -> None:
    audit = await _audit(tool, session_cache)
    found = {finding["tag"]: finding for finding in audit["stranded"]}
    assert {f"v{version}": found[f"cli/v{version}"]["kinds"][:-1] for version in LACKING} == {
        "v1.0.0": [],
        "v1.1.0": ["some-packages"],
        "v1.2.0": ["no-packages"],
        "v1.3.0": ["no-packages"],
    }
    assert found["cli/v1.1.0"]["detail"] == "only some of its npm packages, no release"
    assert found["cli/v1.1.0"]["mend"] == "pipeline release --tag cli/v1.1.0"
    assert audit["not_checked"] == []
    # One read a package, whatever the number of tags.
    assert len(proxy.journal) == 3


async def test_npm_that_does_not_answer_strands_nothing(tool: Site, proxy: Proxy, session_cache: Path) -> None:
    proxy.on("GET", ".*", Answer(503), times=None)
    audit = await _audit(tool, session_cache)
    assert not [kind for finding in audit["stranded"] for kind in finding["kinds"] if "packages" in kind]
    (reason,) = audit["not_checked"]
    assert reason.startswith(f"npm packages of cli: The npm registry {proxy.url} did not answer")


async def test_without_a_token_npm_is_not_asked(tool: Site, proxy: Proxy, session_cache: Path) -> None:
    audit = await _audit(tool.with_tokens(github_token=tool.tokens["github_token"]), session_cache)
    assert audit["not_checked"] == ["npm packages of cli: no npm token: none was passed"]
    assert proxy.journal == []


async def test_the_board_shows_the_newest_version_and_what_is_stranded(
    tool: Site, session_cache: Path, tmp_path: Path
) -> None:
    async with local_session(session_cache):
        await (await tool.pipeline().board()).export(str(tmp_path / "board.html"))
        status = await tool.pipeline().status("cli/v1.0.0")
    page = (tmp_path / "board.html").read_text()
    assert f"unkey-{tool.namespace}@1.3.0 is not there" in page
    assert "only some of its npm packages" in page
    assert f"unkey-{tool.namespace}@1.0.0" in status
