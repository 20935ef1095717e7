"""The calls that people make where there is a Dagger engine: `dagger call`, and `pipeline --engine dagger`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.demo.github import GitHubDouble
from tests.cli.terminal import Ended, Terminal
from tests.conformance.by_hand import dagger_call, flags, on_dagger, without_times
from tests.conformance.engines import ABSENT, BRIDGE, LOCAL, dagger_version, session
from tests.site import Site


@pytest.fixture
def called(site: Site, tmp_path: Path) -> Iterator[Site]:
    """The site, with a GitHub that a container can reach."""
    if dagger_version() is None:
        pytest.skip(ABSENT)
    try:
        github = GitHubDouble(host=BRIDGE)
        github.__enter__()
    except OSError as error:
        pytest.skip(f"containers do not reach this machine at {BRIDGE}: {error}")
    try:
        reachable = Site.create(site.monorepo, site.git, site.registry, github, site.namespace)
        tmp_path.joinpath("services.toml").write_text(reachable.catalogue)
        yield reachable
    finally:
        github.__exit__(None, None, None)


@pytest.mark.anyio
async def test_dagger_call_releases_as_the_local_session_does(
    called: Site, tmp_path: Path, session_cache: Path
) -> None:
    called.monorepo.tag("vault/v0.4.0")
    rehearsed = dagger_call(called, tmp_path, "release", "--tag", "vault/v0.4.0", "--dry-run", "--as-json")
    assert rehearsed.returncode == 0, rehearsed.stderr[-3000:]
    assert called.published() == {}
    async with session(LOCAL, session_cache):
        local = await called.release("vault/v0.4.0", dry_run=True)
    assert without_times(json.loads(rehearsed.stdout)) == without_times(local.report)

    released = dagger_call(called, tmp_path, "release", "--tag", "vault/v0.4.0", "--as-json")
    assert json.loads(released.stdout)["outcome"] == "released"
    again = dagger_call(called, tmp_path, "release", "--tag", "vault/v0.4.0", "--as-json")
    assert json.loads(again.stdout)["outcome"] == "already-released"
    assert called.published() == {"vault": ["v0.4.0"], "releases": ["vault/v0.4.0"]}
    async with session(LOCAL, session_cache):
        local = await called.release("vault/v0.4.0")
    assert without_times(json.loads(again.stdout)) == without_times(local.report)
    for done in (rehearsed, released, again):
        assert called.tokens["github_token"] not in done.text + done.stderr


def test_dagger_call_tells_a_refusal_whole(called: Site, tmp_path: Path) -> None:
    refused = dagger_call(called, tmp_path, "release", "--tag", "krane/v0.2.1")
    assert refused.returncode != 0
    assert "not on main" in refused.stderr
    assert "Next: " in refused.stderr
    assert "Traceback" not in refused.stderr
    bad = dagger_call(called, tmp_path, "verify-ancestry", "--tag", "vault/v1")
    assert bad.returncode != 0
    assert "Did you mean vault/v1.0.0?" in bad.stderr


@pytest.mark.parametrize("choice", ["dagger", "auto"])
def test_the_terminal_command_on_a_dagger_engine(called: Site, tmp_path: Path, choice: str) -> None:
    home = tmp_path / "home"
    home.joinpath("tmp").mkdir(parents=True)
    terminal = on_dagger(Terminal(folder=tmp_path, home=home), called)
    called.monorepo.tag("vault/v0.4.0")

    def release(*more: str) -> Ended:
        settings = flags(called, tmp_path / "services.toml")
        return terminal.run("release", "--tag", "vault/v0.4.0", *settings, "--engine", choice, "--json", *more)

    first, again = release(), release()
    assert (first.exit_code, first.json["outcome"]) == (0, "released"), first.stderr
    assert (again.exit_code, again.json["outcome"]) == (0, "already-released")
    assert "engine: " in first.stderr
    assert "local session" not in first.stderr
    assert called.published() == {"vault": ["v0.4.0"], "releases": ["vault/v0.4.0"]}
