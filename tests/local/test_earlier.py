"""What an earlier session built is taken where it is the same for certain."""

import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import dagger
import pytest
from dagger import dag

from pipeline.demo.git_server import GitServer
from pipeline.demo.monorepo import Monorepo
from pipeline.local import oci
from pipeline.local.cache import entries
from tests.local.conftest import Connect

pytestmark = pytest.mark.anyio

NEVER_THE_SAME = """\
FROM {base} AS build
ARG VERSION
{more}RUN cat /proc/sys/kernel/random/uuid > /id
FROM {base}
COPY --from=build /id /id
"""

Built = Callable[..., Awaitable[str]]


@pytest.fixture
def built(connect: Connect, monorepo: Monorepo, git_server: GitServer, base_image: str, tmp_path: Path) -> Built:
    """Build in a session of its own, with one cache for all of a test; gives the ID that only this build has."""

    async def build(*, version: str = "1.0.0", more: str = "", commit: str = "", secret: bool = False) -> str:
        text = NEVER_THE_SAME.format(base=base_image, more=more)
        commit = commit or monorepo.commit({"Dockerfile": text}, message="chore: build")
        async with connect(tmp_path / "cache"):
            tree = dag.git(git_server.url_of(monorepo.git_dir)).commit(commit).tree(discard_git_dir=True)
            arguments = [dagger.BuildArg("VERSION", version), dagger.BuildArg("SOURCE_DATE_EPOCH", "1700000000")]
            secrets = [dag.set_secret("token", "a-plain-token")] if secret else []
            return await tree.docker_build(build_args=arguments, secrets=secrets).file("/id").contents()

    return build


async def test_the_same_of_one_commit(built: Built, monorepo: Monorepo) -> None:
    first = await built()
    commit = monorepo.head
    assert await built(commit=commit) == first
    other = await built(commit=commit, version="1.0.1")
    assert other != first
    assert await built(commit=commit, version="1.0.1") == other
    assert await built(commit=commit) == first


KEEPS = """\
FROM {base} AS build
RUN --mount=type=cache,target=/kept echo {number} >> /kept/numbers; cp /kept/numbers /numbers
FROM {base}
COPY --from=build /numbers /numbers
"""


async def test_a_cache_mount_stays_for_the_next_session(connect: Connect, base_image: str, tmp_path: Path) -> None:
    numbers = ""
    for number in ("1", "2"):
        async with connect(tmp_path):
            tree = dag.directory().with_new_file("Dockerfile", KEEPS.format(base=base_image, number=number))
            numbers = await tree.docker_build().file("/numbers").contents()
    assert numbers == "1\n2\n"
    assert [entry.folder.name for entry in entries(tmp_path) if entry.kind == "volumes"] == ["dockerfiles"]


async def test_another_commit_is_built(built: Built) -> None:
    assert await built() != await built()


async def test_what_takes_more_than_can_be_seen_is_built(
    built: Built, monorepo: Monorepo, git_server: GitServer
) -> None:
    url = f"{git_server.url_of(monorepo.git_dir)}/HEAD"
    first = await built(more=f"ADD {url} /head\n")
    commit = monorepo.head
    assert await built(commit=commit) != first
    first = await built(secret=True)
    assert await built(commit=monorepo.head, secret=True) != first


async def test_another_buildah_builds_anew(
    built: Built, monorepo: Monorepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await built()
    wrapper = tmp_path / "bin" / "buildah"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("buildah")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
    assert await built(commit=monorepo.head) != first


async def test_an_image_that_cannot_be_read_is_built_anew(built: Built, monorepo: Monorepo, tmp_path: Path) -> None:
    first = await built()
    [layout] = tmp_path.glob("cache/builds/*")
    layer = oci.read(layout).manifest["layers"][-1]["digest"]
    oci.blob_path(layout, layer).write_bytes(b"")
    second = await built(commit=monorepo.head)
    assert second != first
    assert await built(commit=monorepo.head) == second
