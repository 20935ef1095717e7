"""What a release costs: bytes from the git remote, and memory of the pipeline's own process."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline import process
from pipeline.demo.git_server import GitServer
from pipeline.demo.large_history import large_history
from tests.conftest import need
from tests.site import Site, local_session
from tests.traffic import MEGABYTE, cloned, sent_for

TAG = "vault/v1.0.0"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("commits", "with_checkout"),
    [(3_000, False), pytest.param(100_000, True, marks=pytest.mark.full)],
    ids=["ancestry of 3,000 commits", "checkout and ancestry of 100,000 commits"],
)
async def test_bytes_from_the_git_remote(  # noqa: PLR0917 - fixtures
    git_server: GitServer, site: Site, namespace: str, tmp_path: Path, commits: int, with_checkout: bool
) -> None:
    need("git", "buildah", "skopeo")
    repository = large_history(git_server.root / namespace / "large.git", commits, [TAG])
    whole = cloned(git_server, repository, tmp_path)
    before = sent_for(git_server, repository.git_dir)
    place = site.with_settings(git_url=git_server.url_of(repository.git_dir))
    async with local_session(tmp_path / "cache"):
        pipeline = place.pipeline()
        assert await pipeline.verify_ancestry(TAG) == repository.head
        if with_checkout:
            assert await (await pipeline.checkout(TAG)).entries()
    moved = sent_for(git_server, repository.git_dir) - before
    assert 0 < moved < whole / 10, f"{moved / MEGABYTE:.1f} MB of {whole / MEGABYTE:.1f} MB"


MEASURED = """\
import atexit, re, sys
from pathlib import Path
from pipeline.cli import main

@atexit.register
def tell():
    peak = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
    print("\\nkilobytes", peak[1], file=sys.stderr)

main()
"""
"""getrusage(2) would also count what the parent had in memory before it started this program (see proc(5))."""


def test_memory_of_the_pipelines_own_process(site: Site, tmp_path: Path, base_image: str) -> None:
    need("git", "buildah", "skopeo")
    site.monorepo.commit({"big.bin": os.urandom(4 * MEGABYTE).hex()}, message="chore: a large file")
    site.monorepo.commit({"Dockerfile": f"FROM {base_image}\nCOPY . /\n"}, message="chore: a large image")
    site.monorepo.tag(TAG)
    tmp_path.joinpath("services.toml").write_text(site.catalogue)
    settings: Sequence[str] = [f"--{name.replace('_', '-')}={value}" for name, value in site.settings.items()]
    call = ["release", f"--tag={TAG}", "--engine=local", "--github-token=env://GITHUB_TOKEN", *settings]
    done = process.run_sync(
        [sys.executable, "-c", MEASURED, *call],
        cwd=tmp_path,
        env={"GITHUB_TOKEN": site.tokens["github_token"], "XDG_CACHE_HOME": str(tmp_path / "cache")},
        timeout=120,
    )
    used = int(done.stderr.split()[-1]) / 1024
    assert site.registry.tags(site.image("vault")) == ["v1.0.0"]
    assert 20 < used < 150, f"{used:.0f} MB"
