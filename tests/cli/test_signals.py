"""Ctrl-C and SIGTERM: exit code 130, one line on what is done, and nothing left running."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import process
from tests.cli.terminal import Terminal
from tests.site import Site

SLOW = "FROM {base}\nRUN echo building; sleep 300\n"


def wait_for(text: str, file: Path, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while text not in file.read_text():
        assert running.poll() is None, file.read_text()
        assert time.monotonic() < deadline, file.read_text()
        time.sleep(0.02)


def wait_until_it_reads(fifo: Path, running: subprocess.Popen[bytes]) -> None:
    """Until it sleeps with the file open: a signal that comes just before it reads is seen only after that."""
    status = Path(f"/proc/{running.pid}/stat")
    deadline = time.monotonic() + 60
    while fifo not in _opened(running) or ") S " not in status.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_an_interrupted_release(  # noqa: PLR0917 - fixtures
    at_site: Terminal, site: Site, flags: Sequence[str], base_image: str, number: signal.Signals, as_json: bool
) -> None:
    site.monorepo.commit({"Dockerfile": SLOW.format(base=base_image)}, message="feat: take long")
    site.monorepo.tag("vault/v0.4.0")
    argv = at_site.argv(
        "release", "--tag", "vault/v0.4.0", *flags, "--engine", "local", *(["--json"] if as_json else [])
    )
    out, log = at_site.folder / "out", at_site.folder / "log"
    log.touch()
    redirect = ["sh", "-c", 'exec "$@" > out 2> log', "sh", *argv]
    running = process.start(redirect, cwd=at_site.folder, env=at_site.environment)
    try:
        wait_for("building", log, running)
        running.send_signal(number)
        assert running.wait(20) == 130
    finally:
        process.stop(running)
    answer = out.read_text()
    if as_json:
        report = json.loads(answer)
        assert (report["outcome"], report["error"]["kind"]) == ("failed", "interrupted")
        answer = report["error"]["message"]
    assert "Interrupted. Done: resolve, verify-ancestry, preflight. Not finished: build" in answer
    assert "Traceback" not in log.read_text()
    assert site.published() == {}
    assert not [line for line in _command_lines() if str(at_site.home) in line]
    assert str(at_site.home) not in Path("/proc/self/mounts").read_text()


def test_an_interruption_while_the_session_ends_takes_no_answer_away(
    at_site: Terminal, site: Site, flags: Sequence[str], tmp_path: Path
) -> None:
    commit = site.monorepo.tag("vault/v0.4.0")
    out, log = tmp_path / "out", tmp_path / "log"
    log.touch()
    there = replace(at_site, home=tmp_path, path=f"{_slow_at_the_end(tmp_path)}:{at_site.path}")
    reads_token = ("--github-token", f"cmd://{tmp_path}/bin/leave-a-container")
    call = there.argv("verify-ancestry", "--tag", "vault/v0.4.0", *flags[:-2], *reads_token, "--engine=local", "--json")
    redirect = ["sh", "-c", 'exec "$@" > out 2> log', "sh", *call]
    running = process.start(redirect, cwd=tmp_path, env=there.environment)
    try:
        wait_for("removing", tmp_path / "removed", running)
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0, log.read_text()
    finally:
        process.stop(running)
    assert json.loads(out.read_text()) == {"result": commit}
    assert "Interrupted" not in log.read_text()
    assert not [line for line in _command_lines() if f"{tmp_path}/bin" in line]


def _slow_at_the_end(home: Path) -> Path:
    """A folder for the PATH: a session that ends finds the container of a killed one, which takes long to remove."""
    listed = home / ".cache/pipeline/storage/overlay-containers/containers.json"
    removed, folder = home / "removed", home / "bin"
    removed.touch()
    folder.mkdir()
    home.joinpath("tmp").mkdir()
    list_one = f'mkdir -p {listed.parent}; echo \'[{{"id": "left"}}]\' > {listed}'
    programs = {
        "leave-a-container": f"{list_one}; echo $GITHUB_TOKEN",
        "buildah": f"echo removing > {removed}; sleep 300",
    }
    for name, text in programs.items():
        folder.joinpath(name).write_text(f"#!/bin/sh\n{text}\n")
        folder.joinpath(name).chmod(0o700)
    return folder


def test_an_interruption_before_anything_began(at_site: Terminal, flags: Sequence[str]) -> None:
    fifo = at_site.folder / "catalogue"
    process.run_sync(["mkfifo", str(fifo)])
    # Where the tests themselves run in the background, SIGINT is ignored, which is inherited.
    call = ["env", "--default-signal=INT", *at_site.argv("services", "--config", str(fifo))]
    running = process.start(call, cwd=at_site.folder, env=at_site.environment)
    try:
        with fifo.open("w"):
            wait_until_it_reads(fifo, running)
            running.send_signal(signal.SIGINT)
            assert running.wait(20) == 130
    finally:
        process.stop(running)


def _opened(running: subprocess.Popen[bytes]) -> Iterator[Path]:
    for path in Path(f"/proc/{running.pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield path.readlink()


def _command_lines() -> list[str]:
    lines = []
    for folder in Path("/proc").iterdir():
        try:
            lines.append(folder.joinpath("cmdline").read_text().replace("\0", " "))
        except (OSError, UnicodeDecodeError):
            continue
    return lines
