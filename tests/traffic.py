"""How much the git server has sent."""

from pathlib import Path

from pipeline import process
from pipeline.demo.git_server import GitServer
from pipeline.demo.monorepo import Monorepo

MEGABYTE = 1024 * 1024


def sent_for(server: GitServer, git_dir: Path) -> int:
    """All bytes of answers about a repository so far."""
    name = git_dir.relative_to(server.root).as_posix()
    return sum(size for path, size in server.bytes_sent.items() if path.startswith(f"/{name}/"))


def cloned(server: GitServer, repository: Monorepo, folder: Path) -> int:
    """The bytes of a whole clone."""
    before = sent_for(server, repository.git_dir)
    process.run_sync(["git", "clone", "--quiet", "--bare", server.url_of(repository.git_dir), str(folder / "clone")])
    return sent_for(server, repository.git_dir) - before
