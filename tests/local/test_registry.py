"""Registries through the session: what is there, what is not, and what cannot be told are three answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dagger
import pytest
from dagger import dag

from pipeline.demo.images import push_base_image
from pipeline.demo.registry import Registry
from tests.conftest import LOGIN
from tests.local.conftest import Connect

pytestmark = pytest.mark.anyio


def image(reference: str, platform: str | None = None) -> dagger.Container:
    return dag.container(platform=dagger.Platform(platform) if platform else None).from_(reference)


@contextmanager
def answering(status: int, body: bytes = b"") -> Iterator[str]:
    """A server that answers every request for a manifest with one status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if "/manifests/" in self.path else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_a_tag_is_resolved_to_the_index(connected: list[str], registry: Registry, base_image: str) -> None:
    name, _, tag = base_image.removeprefix(f"{registry.address}/").partition(":")
    expected = f"{base_image}@{registry.digest(name, tag)}"
    assert await image(base_image).image_ref() == expected
    assert await image(base_image, "linux/arm64").image_ref() == expected
    assert await image(base_image).env_variable("PATH") == "/usr/local/bin:/bin"
    assert await image(expected).default_args() == ["/bin/sh"]
    assert await image(base_image).label("nothing") is None


async def test_a_replaced_image_is_seen_by_another_recipe_only(
    connected: list[str], registry: Registry, base_image: str, namespace: str
) -> None:
    reference = f"{registry.address}/{namespace}:1"
    await image(base_image).with_label("n", "1").publish(reference)
    before = await image(reference).image_ref()
    after = await image(base_image).with_label("n", "2").publish(reference)
    assert await image(reference).image_ref() == before != after
    assert await dag.container().with_env_variable("READ", "2").from_(reference).image_ref() == after


async def test_what_was_set_before_the_image(connected: list[str], base_image: str) -> None:
    below = dag.container().with_env_variable("PATH", "/nowhere").with_env_variable("MORE", "1").with_label("a", "b")
    container = below.from_(base_image)
    assert await container.env_variable("PATH") == "/usr/local/bin:/bin"
    assert await container.env_variable("MORE") == "1"
    assert await container.label("a") == "b"
    with pytest.raises(dagger.QueryError, match=r"immediately after the 'Container.From' call"):
        await container.with_label("c", "d").image_ref()


async def test_publishing_twice_pushes_twice(
    connected: list[str], registry: Registry, base_image: str, namespace: str
) -> None:
    reference = f"{registry.address}/{namespace}:1"
    publish = image(base_image).with_annotation("a", "b")
    await publish.publish(reference)
    await image(base_image).with_label("other", "1").publish(reference)
    digest = (await publish.publish(reference)).rpartition("@")[2]
    assert registry.digest(namespace, "1") == digest
    assert registry.manifest(namespace, "1")["annotations"] == {"a": "b"}


async def test_absent(connected: list[str], registry: Registry, base_image: str) -> None:
    for reference in (f"{registry.address}/nobody/nothing:1", f"{base_image.rpartition(':')[0]}:absent"):
        with pytest.raises(dagger.QueryError, match=f"^{reference}: not found$"):
            await image(reference).image_ref()


async def test_an_absence_is_not_remembered(
    connected: list[str], registry: Registry, base_image: str, namespace: str
) -> None:
    reference = f"{registry.address}/{namespace}:1"
    with pytest.raises(dagger.QueryError, match=r": not found$"):
        await image(reference).image_ref()
    assert await image(base_image).publish(reference) == await image(reference).image_ref()


async def test_missing_platform(connected: list[str], base_image: str) -> None:
    with pytest.raises(dagger.QueryError, match="no manifest matches requested platform linux/s390x"):
        await image(base_image, "linux/s390x").image_ref()


async def test_logins(connect: Connect, registry_with_login: Registry) -> None:
    reference = push_base_image(registry_with_login.address, creds=LOGIN)
    address = registry_with_login.address
    async with connect():
        with pytest.raises(dagger.QueryError, match=r"authorization failed: no basic auth credentials$"):
            await image(reference).image_ref()
        wrong = dag.set_secret("password", "wrong")
        with pytest.raises(dagger.QueryError, match=r"401 Unauthorized$"):
            await dag.container().with_registry_auth(address, LOGIN[0], wrong).from_(reference).image_ref()
        right = dag.set_secret("password", LOGIN[1])
        allowed = dag.container().with_registry_auth(reference, LOGIN[0], right)
        assert (await allowed.from_(reference).image_ref()).startswith(f"{reference}@sha256:")
        dockerfile = f"FROM {reference}\nLABEL a=b\n"
        built = dag.directory().with_new_file("Dockerfile", dockerfile).docker_build()
        assert await built.label("a") == "b"
        assert await built.publish(f"{address}/copy:1") == await image(f"{address}/copy:1").image_ref()
        await allowed.without_registry_auth(address).sync()
        with pytest.raises(dagger.QueryError, match="no basic auth credentials"):
            await image(f"{address}/copy:2").image_ref()


async def test_the_persons_own_login_is_used(
    connected: list[str], registry_with_login: Registry, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64
    import json
    from pathlib import Path

    auth = base64.b64encode(":".join(LOGIN).encode()).decode()
    own = Path(str(tmp_path)) / "auth.json"
    own.write_text(json.dumps({"auths": {registry_with_login.address: {"auth": auth}}}))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(own))
    reference = push_base_image(registry_with_login.address, creds=LOGIN)
    assert (await image(reference).image_ref()).startswith(reference)
    other = dag.set_secret("other", "x")
    assert await dag.container().with_registry_auth("example.com", "me", other).from_(reference).default_args()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "403 Forbidden"),
        (404, "404 without an error code"),
        (500, "500 Internal Server Error"),
        (503, "503 Service Unavailable"),
    ],
)
async def test_what_cannot_be_told(connected: list[str], status: int, said: str) -> None:
    with answering(status) as address, pytest.raises(dagger.QueryError, match=said) as caught:
        await image(f"{address}/a/b:1").image_ref()
    assert not str(caught.value).endswith("not found")


async def test_nobody_there(connected: list[str]) -> None:
    with pytest.raises(dagger.QueryError, match="connection refused"):
        await image("127.0.0.1:1/a/b:1").image_ref()


async def test_what_cannot_be_published(connected: list[str], base_image: str, registry: Registry) -> None:
    target = f"{registry.address}/x:1"
    with pytest.raises(dagger.QueryError, match="no containers to export"):
        await dag.container().publish(target)
    with pytest.raises(dagger.QueryError, match="same platform"):
        await image(base_image).publish(target, platform_variants=[image(base_image)])
    with pytest.raises(dagger.QueryError, match="OCI images with gzip layers only"):
        await image(base_image).publish(target, media_types=dagger.ImageMediaTypes.DockerMediaTypes)
