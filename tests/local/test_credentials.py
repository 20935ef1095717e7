"""Logins of a session: one file for what is the same, and never taken from a program that is about to start."""

import base64
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from pipeline.demo.images import push_base_image
from pipeline.demo.registry import Registry
from pipeline.local.builder import Builder
from pipeline.local.credentials import Credentials, Passed
from pipeline.local.workspace import locked, workspace
from pipeline.runtime.limits import Limits
from tests.conftest import LOGIN, need


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Credentials]:
    """Those of a session on a machine that has no logins of its own."""
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "none.json"))
    with closing(Credentials()) as credentials:
        yield credentials


def hosts(passed: Passed) -> dict[str, str]:
    """The logins that a program would read, as a new one that inherits the file does."""
    (descriptor,) = passed.descriptors
    assert passed.arguments == ["--authfile", f"/proc/self/fd/{descriptor}"]
    auths = json.loads(Path(f"/proc/self/fd/{descriptor}").read_text())["auths"]
    return {host: base64.b64decode(login["auth"]).decode() for host, login in auths.items()}


def test_no_login_needs_no_file(credentials: Credentials) -> None:
    assert credentials.passed() == Passed([], [])


def test_the_same_login_again_is_the_same_file(credentials: Credentials) -> None:
    credentials.add("ghcr.io", "u", "p")
    passed = credentials.passed()
    credentials.add("ghcr.io/owner/name:tag", "u", "p")
    assert credentials.passed() == passed
    assert hosts(passed) == {"ghcr.io": "u:p"}


def test_what_was_passed_stays_good_when_logins_change(credentials: Credentials) -> None:
    credentials.add("ghcr.io", "u", "p")
    first = credentials.passed()
    credentials.add("quay.io", "u", "p")
    second = credentials.passed()
    credentials.remove("ghcr.io")
    assert hosts(first) == {"ghcr.io": "u:p"}
    assert hosts(second) == {"ghcr.io": "u:p", "quay.io": "u:p"}
    assert hosts(credentials.passed()) == {"quay.io": "u:p"}


def test_the_end_of_the_session_closes_all_files(credentials: Credentials) -> None:
    passed = []
    for password in ("first", "second"):
        credentials.add("ghcr.io", "u", password)
        passed += credentials.passed().descriptors
    credentials.close()
    for descriptor in passed:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(descriptor)


@pytest.mark.anyio
async def test_a_pull_that_waits_has_its_login_when_it_starts(
    credentials: Credentials, registry_with_login: Registry, tmp_path: Path
) -> None:
    need("buildah")
    reference = push_base_image(registry_with_login.address, creds=LOGIN)
    credentials.add(reference, *LOGIN)
    with workspace(tmp_path / "cache") as folders:
        builder = Builder(folders, credentials, Limits(), None)
        async with anyio.create_task_group() as tasks:
            with locked(folders.cache / "storage.lock"):
                tasks.start_soon(builder.pull, reference, "linux/amd64")
                await anyio.wait_all_tasks_blocked()
                credentials.add("quay.io", "u", "p")
        assert await builder.pull(reference, "linux/amd64")
