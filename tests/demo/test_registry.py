"""The registry that tests and demo push to."""

from pathlib import Path

import httpx
import pytest

from pipeline import process
from pipeline.demo.images import push_base_image
from pipeline.demo.registry import Registry, RegistryStartError
from tests.conftest import LOGIN, need


def push(registry: Registry, name: str, creds: tuple[str, str] | None = None) -> None:
    need("skopeo", "busybox")
    push_base_image(registry.address, name, creds=creds)


def test_nothing_there(registry: Registry, namespace: str) -> None:
    assert registry.tags(namespace) == []
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        registry.digest(namespace, "v1")


def test_reads(registry: Registry, namespace: str) -> None:
    push(registry, namespace)
    assert registry.tags(namespace) == ["1"]
    platforms = registry.platforms(namespace, "1")
    assert sorted(platforms) == ["linux/amd64", "linux/arm64"]
    for platform, digest in platforms.items():
        config = registry.config(namespace, "1", platform)
        assert config == registry.config(namespace, digest)
        assert f"{config['os']}/{config['architecture']}" == platform
    assert registry.digest(namespace, registry.digest(namespace, "1")) == registry.digest(namespace, "1")


def test_retag_and_delete(registry: Registry, namespace: str) -> None:
    push(registry, namespace)
    digest = registry.digest(namespace, "1")
    arm = registry.platforms(namespace, "1")["linux/arm64"]
    registry.retag(namespace, "1", "2")
    registry.retag(namespace, arm, "1")
    assert (registry.digest(namespace, "1"), registry.digest(namespace, "2")) == (arm, digest)
    registry.delete(namespace, "2")
    assert registry.tags(namespace) == ["1"]


def test_login(registry_with_login: Registry, namespace: str) -> None:
    with pytest.raises(process.ProgramFailed, match=r"(?i)unauthorized|authentication|no basic auth"):
        push(registry_with_login, namespace)
    with pytest.raises(process.ProgramFailed, match=r"(?i)unauthorized|authentication|no basic auth"):
        push(registry_with_login, namespace, ("robot", "wrong"))
    push(registry_with_login, namespace, LOGIN)
    assert registry_with_login.tags(namespace) == ["1"]
    assert httpx.get(f"http://{registry_with_login.address}/v2/").status_code == 401


def test_storage_survives_a_restart(tmp_path: Path, namespace: str) -> None:
    need("docker-registry")
    with Registry(tmp_path) as registry:
        push(registry, namespace)
        digest = registry.digest(namespace, "1")
    with Registry(tmp_path) as registry:
        assert registry.digest(namespace, "1") == digest


def test_a_registry_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("docker-registry")
    monkeypatch.setenv("REGISTRY_STORAGE", "no-such-driver")
    with pytest.raises(RegistryStartError, match="no-such-driver"), Registry(tmp_path):
        pass
