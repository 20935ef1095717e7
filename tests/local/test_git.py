"""Git remotes through the session: real git over HTTP."""

import os
import socket
from pathlib import Path

import dagger
import pytest
from dagger import dag

from pipeline import process
from pipeline.demo.git_server import GitServer
from pipeline.demo.monorepo import Monorepo
from tests.conftest import LOGIN
from tests.local.conftest import Connect

pytestmark = pytest.mark.anyio


@pytest.fixture
def repository(git_server: GitServer, namespace: str) -> Monorepo:
    """A small repository with a tag on main, an annotated one, and a branch beside main."""
    monorepo = Monorepo.create_empty(git_server.root / namespace / "unkey.git")
    monorepo.commit({"a.txt": "1\n"}, message="one")
    monorepo.tag("vault/v0.1.0")
    monorepo.commit({"a.txt": "2\n", "folder/b.txt": "b\n"}, message="two")
    monorepo.tag("vault/v0.2.0", annotated=True)
    monorepo.commit({"c.txt": "c\n"}, message="side", branch="side")
    monorepo.commit({"a.txt": "3\n"}, message="three")
    return monorepo


@pytest.fixture
def url(git_server: GitServer, repository: Monorepo) -> str:
    return git_server.url(str(repository.git_dir.relative_to(git_server.root)).removesuffix(".git"))


async def test_refs_are_commits(connected: list[str], repository: Monorepo, url: str) -> None:
    git = dag.git(url)
    assert await git.ref("refs/tags/vault/v0.1.0").commit() == repository.commit_of("refs/tags/vault/v0.1.0")
    assert await git.ref("refs/tags/vault/v0.2.0").commit() == repository.commit_of("refs/tags/vault/v0.2.0")
    assert await git.ref("refs/tags/vault/v0.2.0").ref() == "refs/tags/vault/v0.2.0"
    assert await git.ref("main").ref() == "refs/heads/main"
    assert await git.commit(repository.head).commit() == repository.head
    assert await git.tags(patterns=["vault/*"]) == ["vault/v0.1.0", "vault/v0.2.0"]
    assert await git.tags(patterns=["api/*"]) == []
    assert await git.branches() == ["main", "side"]


async def test_no_branch_passes_for_a_tag(connected: list[str], repository: Monorepo, url: str) -> None:
    repository.commit({"evil.txt": ""}, message="evil", branch="vault/v0.1.0")
    repository.commit({"evil.txt": ""}, message="evil", branch="refs/tags/vault/v0.1.0")
    found = await dag.git(url).ref("refs/tags/vault/v0.1.0").commit()
    assert found == repository.commit_of("refs/tags/vault/v0.1.0")
    with pytest.raises(dagger.QueryError, match=r'repository does not contain ref "refs/tags/vault/v0.1"'):
        await dag.git(url).ref("refs/tags/vault/v0.1").commit()


async def test_a_moved_tag_is_seen_by_another_recipe_only(connected: list[str], repository: Monorepo, url: str) -> None:
    before = await dag.git(url).ref("refs/tags/vault/v0.1.0").commit()
    after = repository.move_tag("vault/v0.1.0")
    assert after != before
    assert await dag.git(url).ref("refs/tags/vault/v0.1.0").commit() == before
    token = dag.set_secret("token", "anything")
    again = dag.git(url, http_auth_username="again", http_auth_token=token)
    assert await again.ref("refs/tags/vault/v0.1.0").commit() == after


async def test_common_ancestor(connected: list[str], repository: Monorepo, url: str) -> None:
    git = dag.git(url)
    main, side = git.ref("refs/heads/main"), git.ref("refs/heads/side")
    tag = git.ref("refs/tags/vault/v0.1.0")
    assert await tag.common_ancestor(main).commit() == await tag.commit()
    assert await main.common_ancestor(tag).commit() == await tag.commit()
    fork = repository.commit_of("refs/heads/side^")
    assert await side.common_ancestor(main).commit() == fork


async def test_ancestry_across_a_deep_history(
    connected: list[str], repository: Monorepo, url: str, git_server: GitServer
) -> None:
    old = repository.head
    script = "".join(
        f"commit refs/heads/main\ncommitter a <a@b> {1_900_000_000 + n} +0000\ndata 1\nx\n"
        + (f"from {old}\n" if n == 0 else "")
        + f"M 100644 inline deep.txt\ndata {len(str(n))}\n{n}\n"
        for n in range(3000)
    )
    process.run_sync(["git", f"--git-dir={repository.git_dir}", "fast-import", "--quiet"], stdin=script.encode())
    git = dag.git(url)
    main = git.ref("refs/heads/main")
    git_server.bytes_sent.clear()
    assert await git.commit(old).common_ancestor(main).commit() == old
    fork = repository.commit_of("refs/heads/side^")
    assert await git.ref("refs/heads/side").common_ancestor(main).commit() == fork


async def test_tree_is_what_was_committed(connected: list[str], repository: Monorepo, url: str) -> None:
    files = {
        "100755 inline run.sh": "x",
        "120000 inline link": "run.sh",
        "120000 inline out": "/etc/passwd",
        "100644 inline .gitattributes": "kept.txt export-ignore export-subst\n",
        "100644 inline kept.txt": "$Format:$\n",
    }
    script = "commit refs/heads/odd\ncommitter a <a@b> 1900000000 +0000\ndata 1\nx\n"
    script += "".join(f"M {path}\ndata {len(content)}\n{content}\n" for path, content in files.items())
    process.run_sync(["git", f"--git-dir={repository.git_dir}", "fast-import", "--quiet"], stdin=script.encode())
    before = os.umask(0o077)
    try:
        tree = dag.git(url).ref("refs/heads/odd").tree(discard_git_dir=True)
        assert await tree.entries() == [".gitattributes", "kept.txt", "link", "out", "run.sh"]
    finally:
        os.umask(before)
    assert await tree.file("kept.txt").contents() == "$Format:$\n"
    assert await tree.file("link").contents() == "x"
    assert await tree.exists("run.sh", expected_type=dagger.ExistsType.REGULAR_TYPE)
    with pytest.raises(dagger.QueryError, match="out: no such file or directory"):
        await tree.file("out").contents()


async def test_tree_with_its_git_directory(connected: list[str], repository: Monorepo, url: str) -> None:
    tree = dag.git(url).ref("refs/tags/vault/v0.2.0").tree(depth=0, include_tags=True)
    assert await tree.entries() == [".git/", "a.txt", "folder/"]
    assert await tree.file(".git/HEAD").contents() == repository.commit_of("refs/tags/vault/v0.2.0") + "\n"


async def test_a_git_directory_alone_is_whole(
    connected: list[str], repository: Monorepo, url: str, tmp_path: Path
) -> None:
    commit = repository.commit_of("refs/tags/vault/v0.2.0")
    git_dir = dag.git(url).ref("refs/tags/vault/v0.2.0").tree().directory(".git")
    assert await git_dir.glob(f"objects/{commit[:2]}/{commit[2:]}")
    await git_dir.export(str(tmp_path / "copy.git"))
    git = ["git", f"--git-dir={tmp_path / 'copy.git'}"]
    process.run_sync([*git, "fsck", "--full", "--strict"])
    assert process.run_sync([*git, "log", "--format=%H", "refs/tags/vault/v0.2.0"]).text == commit
    listed = process.run_sync([*git, "ls-tree", "-r", "--name-only", commit]).text
    assert (
        listed
        == process.run_sync(["git", f"--git-dir={repository.git_dir}", "ls-tree", "-r", "--name-only", commit]).text
    )


async def test_server_without_filters_and_commits(connected: list[str], repository: Monorepo, url: str) -> None:
    for key in ("allowFilter", "allowAnySHA1InWant"):
        process.run_sync(["git", f"--git-dir={repository.git_dir}", "config", f"uploadpack.{key}", "false"])
    git = dag.git(url)
    tag = git.ref("refs/tags/vault/v0.1.0")
    assert await tag.common_ancestor(git.ref("refs/heads/main")).commit() == await tag.commit()
    assert await tag.tree(discard_git_dir=True).entries() == ["a.txt"]


async def test_login(
    connect: Connect, git_server_with_login: GitServer, repository: Monorepo, url: str, git_server: GitServer
) -> None:
    closed = url.replace(git_server.address, git_server_with_login.address)
    async with connect():
        token = dag.set_secret("token", LOGIN[1])
        git = dag.git(closed, http_auth_username=LOGIN[0], http_auth_token=token)
        tag = git.ref("refs/tags/vault/v0.1.0")
        assert await tag.common_ancestor(git.ref("refs/heads/main")).commit() == await tag.commit()
        assert await tag.tree(discard_git_dir=True).entries() == ["a.txt"]
    async with connect():
        with pytest.raises(dagger.QueryError, match="Authentication failed"):
            await dag.git(closed).ref("main").commit()
        wrong = dag.set_secret("token", "wrong")
        with pytest.raises(dagger.QueryError, match="Authentication failed"):
            await dag.git(closed, http_auth_token=wrong).ref("main").commit()


async def test_what_is_not_there(connected: list[str], git_server: GitServer, url: str) -> None:
    with pytest.raises(dagger.QueryError, match="repository not found"):
        await dag.git(git_server.url("nobody/nothing")).ref("main").commit()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{unused.getsockname()[1]}/a.git"
        with pytest.raises(dagger.QueryError, match="Failed to connect to"):
            await dag.git(dead).ref("main").commit()
    with pytest.raises(dagger.QueryError, match="0123456789"):
        await dag.git(url).commit("0123456789" * 4).tree(discard_git_dir=True).entries()


@pytest.mark.parametrize("url", ["ext::sh -c touch% /tmp/x", "--upload-pack=touch", "fd::3", "nothing", "ftp://a/b"])
async def test_urls_that_are_refused(connected: list[str], url: str) -> None:
    with pytest.raises(dagger.QueryError, match=r"URL of a git repository|is not allowed"):
        await dag.git(url).ref("main").commit()


async def test_the_callers_repository_is_not_touched(
    connected: list[str], repository: Monorepo, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "hook"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert await dag.git(url).ref("main").tree(discard_git_dir=True).entries() == ["a.txt", "folder/"]
    assert list(tmp_path.iterdir()) == []
