"""Commands on mounted directories and caches do the same on every engine."""

import pytest
from dagger import dag

from tests.conformance.conftest import Session

pytestmark = pytest.mark.anyio


async def test_a_command_changes_its_own_copy_of_a_mounted_directory(new_session: Session, base_image: str) -> None:
    async with new_session():
        source = dag.directory().with_new_file("in/a.txt", "a")
        mounted = dag.container().from_(base_image).with_mounted_directory("/src", source).with_workdir("/src/in")
        ran = mounted.with_exec(["sh", "-c", "pwd; cat a.txt; echo changed > a.txt; echo new > /src/out.txt"])
        assert await ran.stdout() == "/src/in\na"
        assert sorted(await ran.directory("/src").entries()) == ["in/", "out.txt"]
        assert await ran.file("/src/in/a.txt").contents() == "changed\n"
        assert await mounted.file("/src/in/a.txt").contents() == "a"
        assert await ran.with_exec(["cat", "/src/in/a.txt"]).stdout() == "changed\n"


async def test_a_cache_stays_from_one_command_to_the_next(
    new_session: Session, base_image: str, namespace: str
) -> None:
    async def command(script: str) -> str:
        async with new_session():
            container = dag.container().from_(base_image).with_mounted_cache("/cache", dag.cache_volume(namespace))
            return await container.with_exec(["sh", "-c", script]).stdout()

    await command("echo once > /cache/note")
    assert await command("cat /cache/note") == "once\n"
