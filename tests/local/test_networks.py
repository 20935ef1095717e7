"""Builds on machines that have no program to make networks for containers."""

from pathlib import Path

import dagger
import pytest
from dagger import dag

from pipeline.demo.images import run_image
from pipeline.demo.registry import Registry
from tests.local.conftest import Connect

pytestmark = pytest.mark.anyio


async def test_nothing_needs_a_network_of_its_own(  # noqa: PLR0917 - fixtures
    connect: Connect,
    registry: Registry,
    base_image: str,
    namespace: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = tmp_path / "containers.conf"
    config.write_text('[engine]\nhelper_binaries_dir = ["/nowhere"]\n')
    monkeypatch.setenv("CONTAINERS_CONF", str(config))
    tree = dag.directory().with_new_file("Dockerfile", f"FROM {base_image}\nRUN echo built > /built\n")
    reference = f"{registry.address}/{namespace}:1"
    async with connect(tmp_path / "cache"):
        built = tree.docker_build(platform=dagger.Platform("linux/amd64"))
        assert await built.with_exec(["cp", "/built", "/copied"]).file("/copied").contents() == "built\n"
        await built.publish(reference)
    assert run_image(reference, ["/bin/cat", "/built"]) == "built"
