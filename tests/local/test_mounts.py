"""Directories and caches mounted into containers through the local session."""

import dagger
import pytest
from dagger import dag

from pipeline.demo.git_server import GitServer
from pipeline.demo.monorepo import Monorepo
from tests.local.conftest import Connect

pytestmark = pytest.mark.anyio


def shell(container: dagger.Container, script: str) -> dagger.Container:
    return container.with_exec(["sh", "-c", f"{{ {script}; }} > /printed"])


async def printed(container: dagger.Container) -> str:
    return await container.file("/printed").contents()


async def test_a_command_works_on_a_copy_of_a_mounted_directory(connected: list[str], base_image: str) -> None:
    source = dag.directory().with_new_file("in/a.txt", "a").with_new_file("b.txt", "b")
    mounted = dag.container().from_(base_image).with_mounted_directory("/src", source).with_workdir("/src/in")
    ran = shell(mounted, "pwd; cat a.txt; echo changed > a.txt; echo new > ../out.txt; rm ../b.txt")
    assert await printed(ran) == "/src/in\na"
    assert await ran.file("/src/in/a.txt").contents() == "changed\n"
    assert await ran.directory("/src").entries() == ["in/", "out.txt"]
    assert await ran.directory("/src/in").file("a.txt").contents() == "changed\n"
    # What was mounted is as it was, and so is the container before the command.
    assert await source.file("in/a.txt").contents() == "a"
    assert await mounted.file("/src/in/a.txt").contents() == "a"
    assert await printed(shell(mounted, "cat a.txt")) == "a"
    # The next command sees what the one before it left.
    assert await printed(shell(ran, "cat a.txt; ls ..")) == "changed\nin\nout.txt\n"


async def test_a_mounted_directory_is_no_part_of_the_image(connected: list[str], base_image: str) -> None:
    source = dag.directory().with_new_file("a.txt", "a")
    ran = shell(
        dag.container().from_(base_image).with_label("a", "b").with_mounted_directory("/src", source), "touch /here"
    )
    assert await ran.rootfs().exists("here")
    assert not await ran.rootfs().exists("src/a.txt")
    assert await ran.label("a") == "b"


async def test_a_cache_stays_for_the_next_session(connect: Connect, base_image: str) -> None:
    async def remember(script: str, key: str = "notes") -> str:
        async with connect():
            container = dag.container().from_(base_image).with_mounted_cache("/cache", dag.cache_volume(key))
            return await printed(shell(container, script))

    await remember("echo once > /cache/note")
    assert await remember("cat /cache/note") == "once\n"
    assert await remember("ls /cache", key="other") == ""


async def test_a_checkout_is_mounted_with_its_git_directory(
    connected: list[str], base_image: str, monorepo: Monorepo, git_server: GitServer
) -> None:
    tree = dag.git(git_server.url_of(monorepo.git_dir)).ref("refs/heads/main").tree()
    mounted = dag.container().from_(base_image).with_mounted_directory("/src", await tree.sync())
    assert await printed(shell(mounted, "cat /src/.git/HEAD; ls /src/README.md")) != ""
