"""Commands on mounted directories and caches do the same on every engine."""

import dagger
import pytest
from dagger import dag

from tests.conformance.conftest import Session

pytestmark = pytest.mark.anyio


async def test_a_command_changes_its_own_copy_of_a_mounted_directory(new_session: Session, base_image: str) -> None:
    async with new_session():
        source = dag.directory().with_new_file("in/a.txt", "a")
        mounted = dag.container().from_(base_image).with_mounted_directory("/src", source).with_workdir("/src/in")
        ran = mounted.with_exec(["sh", "-c", "{ pwd; cat a.txt; } > /src/out.txt; echo changed > a.txt"])
        assert await ran.file("/src/out.txt").contents() == "/src/in\na"
        assert sorted(await ran.directory("/src").entries()) == ["in/", "out.txt"]
        assert await ran.file("/src/in/a.txt").contents() == "changed\n"
        assert await mounted.file("/src/in/a.txt").contents() == "a"
        assert await ran.with_exec(["cp", "a.txt", "again"]).file("/src/in/again").contents() == "changed\n"


async def test_a_cache_stays_from_one_command_to_the_next(
    new_session: Session, base_image: str, namespace: str
) -> None:
    async def command(script: str) -> str:
        async with new_session():
            container = dag.container().from_(base_image).with_mounted_cache("/cache", dag.cache_volume(namespace))
            return await container.with_exec(["sh", "-c", f"{script} > /seen"]).file("/seen").contents()

    await command("echo once > /cache/note; true")
    assert await command("cat /cache/note") == "once\n"


async def test_a_secret_is_a_variable_of_commands_and_of_nothing_else(new_session: Session, base_image: str) -> None:
    value = "hunter2 $HOME ${x} 'q' \\"
    async with new_session():
        secret = dag.set_secret("key", value)
        given = dag.container().from_(base_image).with_env_variable("KEY", "plain").with_secret_variable("KEY", secret)
        ran = given.with_exec(["sh", "-c", 'printf %s "$KEY" | wc -c > /size'])
        assert await ran.file("/size").contents() == f"{len(value)}\n"
        again = ran.with_exec(["sh", "-c", 'test -n "$KEY" && env > /env'])
        assert value in await again.file("/env").contents()
        assert await again.env_variable("KEY") == "plain"


async def test_a_failed_command_does_not_tell_its_secret(new_session: Session, base_image: str) -> None:
    async with new_session():
        secret = dag.set_secret("key", "hunter2")
        given = dag.container().from_(base_image).with_secret_variable("KEY", secret)
        with pytest.raises(dagger.ExecError) as failure:
            await given.with_exec(["sh", "-c", 'echo "wrong: $KEY" >&2; exit 3']).sync()
    assert failure.value.exit_code == 3
    assert failure.value.stderr == "wrong: ***"
    assert "hunter2" not in str(failure.value)
