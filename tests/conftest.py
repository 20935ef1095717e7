"""The real parts that tests release into: servers live for the whole run, repositories for one test."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import uuid4

import pytest

from pipeline.demo.git_server import GitServer
from pipeline.demo.github import GitHubDouble
from pipeline.demo.images import push_base_image
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from tests.convergence import counts
from tests.faults.proxy import Proxy

if TYPE_CHECKING:
    from tests.binaries.npm_registry import NpmRegistry
    from tests.site import Site

TOLD = "told"

LOGIN = ("robot", "a password: with/odd=characters")


def need(*programs: str) -> None:
    """Skip the test when a program is missing; where ``CI`` is set that is a failure, as nothing may go untested."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        lack(f"not on the PATH: {', '.join(missing)}")


def lack(reason: str) -> NoReturn:
    """Skip the test for something that this machine lacks; where ``CI`` is set that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what the tests of one process have counted, where there are several."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[TOLD] = counts.told


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    counts.told.extend(node.workeroutput.get(TOLD, ()) if hasattr(node, "workeroutput") else ())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in counts.told:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def git_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the git servers look for repositories."""
    return tmp_path_factory.mktemp("git")


@pytest.fixture(scope="session")
def git_server(git_root: Path) -> Iterator[GitServer]:
    """Git over HTTP, open to all."""
    need("git")
    with GitServer(git_root) as server:
        yield server


@pytest.fixture(scope="session")
def git_server_with_login(git_root: Path) -> Iterator[GitServer]:
    """The same repositories behind the password of `LOGIN`."""
    need("git")
    with GitServer(git_root, LOGIN) as server:
        yield server


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """An image registry, open to all."""
    need("docker-registry")
    with Registry(tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture(scope="session")
def registry_with_login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """An image registry that lets nobody in without `LOGIN`."""
    need("docker-registry")
    with Registry(tmp_path_factory.mktemp("registry-with-login"), LOGIN) as registry:
        yield registry


@pytest.fixture(scope="session")
def base_image(registry: Registry) -> str:
    """A two-platform image with a shell, in `registry`."""
    need("skopeo", "busybox")
    return push_base_image(registry.address)


@pytest.fixture(scope="session")
def npm_registry(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[NpmRegistry]":
    """An npm registry, in which every test has packages of its own."""
    from tests.binaries import tools
    from tests.binaries.npm_registry import NpmRegistry

    need("node", "npm")
    registry = NpmRegistry(tmp_path_factory.mktemp("npm"))
    try:
        registry.__enter__()
    except tools.Missing as reason:
        lack(str(reason))
    yield registry
    registry.__exit__(None, None, None)


@pytest.fixture(scope="session")
def goreleaser_image(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image that runs GoReleaser, in `registry`."""
    from tests.binaries import image, tools

    need("skopeo", "git", "busybox")
    try:
        return image.push(registry.address, tmp_path_factory.mktemp("image"))
    except tools.Missing as reason:
        lack(str(reason))


@pytest.fixture
def namespace() -> str:
    """A name that no other test uses, for repositories in servers that tests share."""
    return f"test-{uuid4().hex[:12]}"


@pytest.fixture
def monorepo(git_server: GitServer, base_image: str, namespace: str) -> Monorepo:
    """A fresh monorepo with a past, at ``git_server.url_of(monorepo.git_dir)``."""
    return Monorepo.create(git_server.root / namespace / "unkey.git", base_image=base_image)


@pytest.fixture(scope="session")
def github() -> Iterator[GitHubDouble]:
    """A GitHub, in which every test has a repository of its own."""
    with GitHubDouble() as double:
        yield double


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What local sessions keep for the next one, shared by all tests as by all runs on one machine."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def site(monorepo: Monorepo, git_server: GitServer, registry: Registry, github: GitHubDouble, namespace: str) -> "Site":
    """A place to release from and to, whose images are built in no time."""
    from tests.site import QUICK, Site

    monorepo.commit({"Dockerfile": QUICK}, message="chore: build quickly")
    return Site.create(monorepo, git_server, registry, github, namespace)


@pytest.fixture(scope="session")
async def world(
    git_server: GitServer, registry: Registry, github: GitHubDouble, session_cache: Path, base_image: str
) -> "Site":
    """A site with releases in it, for tests that only look: see `tests.world`."""
    from tests.world import create_world

    need("git", "buildah", "skopeo")
    return await create_world(git_server, registry, github, session_cache, base_image=base_image)


@pytest.fixture
def proxy_to() -> Iterator[Callable[[str], Proxy]]:
    """Put a proxy in front of a ``host:port``, until the test ends."""
    with ExitStack() as stack:
        yield lambda upstream: stack.enter_context(Proxy(upstream))
