"""No token shows anywhere: not in output, argument lists, files, image configs or layers."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from pipeline.demo.registry import Registry
from tests.conftest import LOGIN
from tests.convergence.bench import TOKENS, Bench
from tests.convergence.counts import tell
from tests.convergence.tokens import secrets_in, watched_argument_lists
from tests.faults.proxy import Proxy
from tests.faults.rules import Answer, Stall

REGISTRY_TOKEN = "CONVERGENCE_REGISTRY_TOKEN"


@pytest.fixture
def locked(bench: Bench, registry_with_login: Registry, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The bench with a registry that wants a login."""
    monkeypatch.setenv(REGISTRY_TOKEN, LOGIN[1])
    return replace(bench, registry=registry_with_login, place=f"p{uuid4().hex[:10]}")


def test_no_secret_shows(locked: Bench, tmp_path: Path) -> None:
    login = ("--registry-token", f"env://{REGISTRY_TOKEN}", "--registry-username", LOGIN[0], "--verbose")
    tag = locked.tag("v1.0.0", locked.slow)
    with Proxy(locked.registry.address) as proxy, watched_argument_lists() as seen:
        bench = replace(locked, registry_proxy=proxy)
        killed = proxy.on("PUT", "/manifests/v", Stall())
        run = bench.start(tag, *login)
        assert killed.struck.wait(60)
        bench.kill(run)
        left = secrets_in([], [bench.root, tmp_path], [*TOKENS.values(), LOGIN[1]])
        bench.github_proxy.on("PATCH", "/releases/", Answer(401), times=None)
        failed = bench.release(tag, *login)
        bench.clear()
        ran = bench.release(tag, *login)

    assert failed.exit_code == 4, failed.stderr
    assert ran.exit_code == 0, ran.stderr
    assert left == []
    assert any("skopeo" in line for line in seen)
    places = [bench.root, bench.registry.root / "storage"]
    tokens = [*TOKENS.values(), LOGIN[1]]
    assert secrets_in([*bench.said, *seen], places, tokens) == []
    assert bench.registry.tags(bench.image) == ["v1.0.0"]
    tell(
        f"secrets: none in {len(bench.said)} outputs, {len(seen)} argument lists, and every file and layer left behind"
    )


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"... Basic " + b"eDpnaHBfMDEyMzQ1Njc4OWFiY2RlZkNvbnZlcmdlbmNl" + b" ...")

    assert secrets_in(["fine"], [tmp_path], TOKENS.values()) == [str(tmp_path / "file")]
    assert secrets_in([next(iter(TOKENS.values()))], [], TOKENS.values())
