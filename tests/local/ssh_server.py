"""An ssh server on the loopback interface that lets git read, for a client's real ssh; a process of its own."""

import asyncio
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh


@dataclass(frozen=True)
class SshServer:
    """Where it listens, and what a client may know of it."""

    port: int
    folder: Path

    def url(self, repository: Path) -> str:
        return f"ssh://git@127.0.0.1:{self.port}{repository}"

    def command(self, *, key: str = "key", known: str = "known_hosts") -> str:
        """How git calls ssh: with a key, the hosts that are known, and none of the person's own settings."""
        hosts = [f"UserKnownHostsFile={self.folder / known}", "GlobalKnownHostsFile=none", "IdentitiesOnly=yes"]
        return shlex.join(["ssh", "-F", "none", "-i", str(self.folder / key), *(f"-o{setting}" for setting in hosts)])


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Serve for as long as the context lasts; ``folder`` gets a ``key`` that is let in, and a ``stranger``'s."""
    argv = [sys.executable, "-m", __name__, str(folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            yield SshServer(int(server.stdout.readline()), folder)
        finally:
            server.terminate()


async def serve(folder: Path) -> None:
    host, *keys = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(3))
    for key, name in zip(keys, ("key", "stranger"), strict=True):
        key.write_private_key(folder / name)
        folder.joinpath(name).chmod(0o600)
    keys[0].write_public_key(folder / "authorized")
    async with await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host],
        authorized_client_keys=str(folder / "authorized"),
        process_factory=_upload,
        encoding=None,
    ) as server:
        known = f"[127.0.0.1]:{server.get_port()} {host.export_public_key().decode()}"
        (folder / "known_hosts").write_text(known)
        print(server.get_port(), flush=True)
        await asyncio.Event().wait()


async def _upload(client: "asyncssh.SSHServerProcess[Any]") -> None:
    program, repository = shlex.split(client.command or "")
    assert program == "git-upload-pack"
    pipe = asyncio.subprocess.PIPE
    git = await asyncio.create_subprocess_exec("git", "upload-pack", repository, stdin=pipe, stdout=pipe)
    await client.redirect(stdin=git.stdin, stdout=git.stdout)
    client.exit(await git.wait())


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
