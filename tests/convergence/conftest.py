"""A bench for each test module: building is what costs, and one cache serves all its tests."""

from collections.abc import Iterator
from contextlib import ExitStack
from uuid import uuid4

import pytest

from pipeline.demo.git_server import GitServer
from pipeline.demo.github import GitHubDouble
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from tests.binaries import stand_in, tools
from tests.binaries.npm_registry import NpmRegistry
from tests.conftest import need
from tests.convergence import cli_bench
from tests.convergence.bench import GITHUB_TOKEN, TOKENS, Bench
from tests.convergence.cli_bench import CliBench
from tests.convergence.tokens import secrets_in
from tests.faults.proxy import Proxy
from tests.site import QUICK

HOURLY = 100_000
"""Requests: the whole matrices make more in an hour than GitHub grants one person."""


@pytest.fixture(scope="module")
def whole_bench(
    tmp_path_factory: pytest.TempPathFactory, git_server: GitServer, registry: Registry, base_image: str
) -> Iterator[Bench]:
    need("git", "buildah", "skopeo")
    name = f"convergence-{uuid4().hex[:8]}"
    monorepo = Monorepo.create(git_server.root / name / "unkey.git", base_image=base_image)
    slow = monorepo.head
    quick = monorepo.commit({"Dockerfile": QUICK}, message="chore: build quickly")
    with ExitStack() as stack:
        github = stack.enter_context(GitHubDouble())
        github.add_repository(f"acme/{name}", git_dir=monorepo.git_dir)
        github.add_token(GITHUB_TOKEN, permissions={f"acme/{name}": "push"}, hourly_requests=HOURLY)
        git_proxy, registry_proxy, github_proxy = (
            stack.enter_context(Proxy(upstream))
            for upstream in (git_server.address, registry.address, github.url.removeprefix("http://"))
        )
        bench = Bench(
            root=tmp_path_factory.mktemp(name),
            monorepo=monorepo,
            registry=registry,
            github=github,
            git_proxy=git_proxy,
            registry_proxy=registry_proxy,
            github_proxy=github_proxy,
            git_path=str(monorepo.git_dir.relative_to(git_server.root)),
            repository=f"acme/{name}",
            slow=slow,
            quick=quick,
        )
        yield bench
        assert secrets_in(bench.said, [bench.root], TOKENS.values()) == []


@pytest.fixture
def bench(whole_bench: Bench) -> Bench:
    """The bench with nothing released on it."""
    whole_bench.use(f"p{uuid4().hex[:10]}")
    return whole_bench


@pytest.fixture(scope="module")
def whole_tool_bench(whole_bench: Bench, npm_registry: NpmRegistry) -> Iterator[CliBench]:
    whole_bench.monorepo.commit({".goreleaser.yaml": cli_bench.CONFIG}, message="chore: describe the cli")
    for cache in ("cache", "other-cache"):
        tools.keep_volumes(whole_bench.root / cache / "pipeline")
    goreleaser = stand_in.push(whole_bench.registry.address)
    with Proxy(npm_registry.address) as npm_proxy:
        bench = CliBench.of(whole_bench, npm=npm_registry, npm_proxy=npm_proxy, goreleaser=goreleaser)
        yield bench
        assert secrets_in(bench.said, [bench.root], bench.tokens.values()) == []


@pytest.fixture
def tool_bench(whole_tool_bench: CliBench) -> CliBench:
    """The bench of a command-line tool, with nothing released on it."""
    whole_tool_bench.use(f"p{uuid4().hex[:10]}")
    return whole_tool_bench
