"""Starting programs: what they get, what comes back, and that none outlives its owner."""

import os
import signal
import sys
import time
from pathlib import Path

import anyio
import pytest

from pipeline import process
from pipeline.process import ProgramFailed, ProgramMissing, ProgramTimeout

SH = "/bin/sh"


def script(text: str, *arguments: str) -> list[str]:
    return [SH, "-c", text, "sh", *arguments]


def is_running(pid: int) -> bool:
    """Whether a process is there and not merely waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not is_running(pid):
            return True
        time.sleep(0.01)
    return False


def pid_in(file: Path) -> int:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text()).endswith("\n"):
            return int(text)
        time.sleep(0.01)
    raise AssertionError(f"{file} was not written")


@pytest.mark.anyio
async def test_a_program_gets_its_arguments_untouched_and_gives_both_streams() -> None:
    lines: list[str] = []
    odd = ["a b", "$(id)", "`id`", ";", "*", "", "\n", "é"]
    done = await process.run(
        script('cat; printf "%s|" "$@"; echo one >&2; printf two >&2', *odd), stdin=b"in:", on_line=lines.append
    )
    assert done.stdout.decode() == "in:" + "".join(f"{word}|" for word in odd)
    assert (done.stderr, lines, done.returncode) == ("one\ntwo", ["one", "two"], 0)


@pytest.mark.anyio
async def test_a_failing_program_says_so(tmp_path: Path) -> None:
    failing = script("echo early >&2; echo last >&2; exit 7")
    with pytest.raises(ProgramFailed, match=r"/bin/sh ended with exit code 7: last") as failure:
        await process.run(failing)
    assert failure.value.completed.returncode == 7
    assert (await process.run(failing, check=False)).returncode == 7
    with pytest.raises(ProgramFailed, match="exit code 7"):
        process.run_sync(failing)
    assert process.run_sync(failing, check=False).stderr == "early\nlast\n"


@pytest.mark.anyio
async def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProgramMissing, match="'no-such-program'"):
        await process.run(["no-such-program"])
    with pytest.raises(ProgramMissing):
        process.run_sync(["no-such-program"])
    with pytest.raises(ProgramMissing):
        process.start(["no-such-program"])


@pytest.mark.anyio
async def test_the_environment_is_added_to_and_the_folder_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "kept")
    show = script('echo "$KEPT $ADDED"; pwd')
    assert (await process.run(show, env={"ADDED": "added"}, cwd=tmp_path)).text == f"kept added\n{tmp_path}"
    assert process.run_sync(show, env={"ADDED": "added"}, cwd=tmp_path).text == f"kept added\n{tmp_path}"


@pytest.mark.anyio
async def test_a_program_that_takes_too_long_ends_with_all_it_started(tmp_path: Path) -> None:
    long = script('sleep 300 & echo $! > "$1/pid"; wait', str(tmp_path))
    with pytest.raises(ProgramTimeout, match=r"/bin/sh did not end within 0\.5 seconds"):
        await process.run(long, timeout=0.5)
    assert wait_until_gone(pid_in(tmp_path / "pid"))
    with pytest.raises(ProgramTimeout):
        process.run_sync(long, timeout=0.5)
    assert wait_until_gone(pid_in(tmp_path / "pid"))
    with pytest.raises(ProgramTimeout):
        process.run_sync(script('echo $$ > "$1/pid"; exec sleep 300', str(tmp_path)), timeout=0.5, asks=True)
    assert wait_until_gone(pid_in(tmp_path / "pid"))


@pytest.mark.anyio
async def test_a_cancelled_caller_ends_the_program_and_all_it_started(tmp_path: Path) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(process.run, script('sleep 300 & echo $! > "$1/pid"; wait', str(tmp_path)))
        pid = await anyio.to_thread.run_sync(pid_in, tmp_path / "pid")
        assert is_running(pid)
        tasks.cancel_scope.cancel()
    assert wait_until_gone(pid)


@pytest.mark.anyio
async def test_a_caller_that_is_cancelled_while_a_program_starts_leaves_nothing_of_it(tmp_path: Path) -> None:
    for moment in range(150):
        with anyio.move_on_after(moment / 10_000):
            await process.run(script('sleep 300 & echo $! > "$1"; wait', str(tmp_path / f"{moment}.pid")))
    started = [int(text) for file in tmp_path.glob("*.pid") if (text := file.read_text())]
    assert all(wait_until_gone(pid) for pid in started)


@pytest.mark.anyio
async def test_a_program_that_ignores_the_request_to_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process.bound, "GRACE", 0.1)
    with pytest.raises(ProgramTimeout):
        await process.run(
            script('trap "" TERM; echo $$ > "$1/pid"; while :; do sleep 1; done', str(tmp_path)), timeout=1
        )
    assert wait_until_gone(pid_in(tmp_path / "pid"))


@pytest.mark.parametrize("how", ["run", "run_sync", "start"])
def test_a_killed_owner_takes_its_program_with_it(tmp_path: Path, how: str) -> None:
    program = (
        "import anyio, functools\n"
        "from pipeline import process\n"
        f"argv = ['/bin/sh', '-c', 'echo $$ > {tmp_path}/pid; exec sleep 300']\n"
        f"how = {how!r}\n"
        "anyio.run(process.run, argv) if how == 'run' else getattr(process, how)(argv).wait(300)\n"
    )
    owner = process.start([sys.executable, "-c", program], cwd=Path(__file__).parents[1])
    try:
        pid = pid_in(tmp_path / "pid")
        assert is_running(pid)
        os.kill(owner.pid, signal.SIGKILL)
        assert wait_until_gone(pid)
    finally:
        process.stop(owner)


def test_a_server_logs_and_stops(tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = process.start(script('echo $$ > "$1/pid"; echo out; echo err >&2; exec sleep 300', str(tmp_path)), log=log)
    pid = pid_in(tmp_path / "pid")
    process.stop(server)
    assert wait_until_gone(pid)
    assert log.read_text() == "out\nerr\n"
    process.stop(server)


@pytest.mark.anyio
async def test_a_program_that_does_not_read_its_input_is_no_error() -> None:
    assert (await process.run(["true"], stdin=b"x" * 1_000_000)).returncode == 0


@pytest.mark.anyio
async def test_output_is_read_whole_however_long() -> None:
    done = await process.run(script("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero | tr '\\0' x >&2"))
    assert (len(done.stdout), len(done.stderr)) == (3_000_000, 3_000_000)


@pytest.mark.anyio
async def test_modes_do_not_depend_on_the_persons_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        await process.run(["touch", str(tmp_path / "file")])
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o644
