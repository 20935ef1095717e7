"""What commands in containers may use: as much as the process that asked for them."""

import resource

import dagger
import pytest
from dagger import dag

from pipeline.local.ulimits import MOST, own

pytestmark = pytest.mark.anyio

SCRIPT = "grep -E 'Max (open files|processes)' /proc/self/limits > "
"""See proc(5): a line is a name, the soft limit, the hard limit and a unit."""


async def test_commands_have_the_limits_of_this_process(connected: list[str], base_image: str) -> None:
    tree = dag.directory().with_new_file("Dockerfile", f"FROM {base_image}\nRUN {SCRIPT} /built\n")
    built = await tree.docker_build(platform=dagger.Platform("linux/amd64")).file("/built").contents()
    ran = dag.container().from_(base_image).with_exec(["sh", "-c", f"{SCRIPT} /ran"])
    assert await ran.file("/ran").contents() == built
    processes, files = (":".join(line.split()[-3:-1]) for line in built.splitlines())
    assert files == ":".join(str(min(limit, MOST)) for limit in resource.getrlimit(resource.RLIMIT_NOFILE))
    assert [f"--ulimit=nofile={files}", f"--ulimit=nproc={processes}"] == own()
