"""The throwaway monorepo: what its past holds, and what can be done to it."""

import subprocess
from pathlib import Path

import pytest

from pipeline import process
from pipeline.demo.fast_import import ISOLATED
from pipeline.demo.history import OFF_MAIN_TAG, SHADOWED_TAG
from pipeline.demo.images import run_image
from pipeline.demo.large_history import large_history
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.monorepo_tree import SERVICES
from pipeline.demo.registry import Registry
from pipeline.local import networks, ulimits
from tests.conftest import need


@pytest.fixture
def repository(tmp_path: Path) -> Monorepo:
    need("git")
    return Monorepo.create(tmp_path / "unkey.git", base_image="registry.example/busybox:1")


def git(repository: Monorepo, *arguments: str) -> str:
    return process.run_sync(["git", f"--git-dir={repository.git_dir}", *arguments], env=ISOLATED).text


def on_main(repository: Monorepo, ref: str) -> bool:
    argv = ["git", f"--git-dir={repository.git_dir}", "merge-base", "--is-ancestor", ref, "refs/heads/main"]
    return process.run_sync(argv, check=False).returncode == 0


def test_the_same_input_makes_the_same_commits(repository: Monorepo, tmp_path: Path) -> None:
    again = Monorepo.create(tmp_path / "again.git", base_image="registry.example/busybox:1")
    assert again.refs() == repository.refs()
    other = Monorepo.create(tmp_path / "other.git", base_image="registry.example/busybox:2")
    assert other.head != repository.head


def test_git_finds_nothing_wrong(repository: Monorepo) -> None:
    assert git(repository, "fsck", "--strict", "--no-dangling") == ""


def test_tags_of_every_sort(repository: Monorepo) -> None:
    kinds = dict(
        line.split() for line in git(repository, "for-each-ref", "--format=%(refname) %(objecttype)").splitlines()
    )
    assert {"v2.0.9-1", "@unkey/api@0.26.2", "vault/v0.0.0-test1"} <= {
        name.removeprefix("refs/tags/") for name in kinds
    }
    assert {kind for name, kind in kinds.items() if name.startswith("refs/tags/")} == {"commit", "tag"}
    assert not on_main(repository, f"refs/tags/{OFF_MAIN_TAG}")
    assert on_main(repository, f"refs/tags/{SHADOWED_TAG}")
    assert not on_main(repository, f"refs/heads/{SHADOWED_TAG}")
    assert "refs/heads/merging" not in kinds


def test_merges_hold_what_their_branches_changed(repository: Monorepo) -> None:
    merges = git(repository, "rev-list", "--merges", "refs/heads/main").split()
    assert len(merges) == 3
    for merge in merges:
        assert git(repository, "diff", "--name-only", f"{merge}^2", merge) == ""


def test_every_service_has_a_folder(repository: Monorepo) -> None:
    assert sorted(git(repository, "ls-tree", "--name-only", "HEAD:svc").split()) == sorted(SERVICES)


def test_commit(repository: Monorepo) -> None:
    before = repository.head
    sha = repository.commit({"new.txt": "x", "README.md": None, "run.sh": "#!/bin/sh\n"}, message="feat(api): x (#1)")
    assert (repository.head, repository.commit_of(f"{sha}^")) == (sha, before)
    assert git(repository, "diff", "--name-status", before, sha).split() == [
        "D",
        "README.md",
        "A",
        "new.txt",
        "A",
        "run.sh",
    ]
    assert git(repository, "ls-tree", sha, "run.sh").startswith("100755")


def test_a_new_branch_starts_at_main_and_goes_on(repository: Monorepo) -> None:
    head = repository.head
    first = repository.commit({"a": "1"}, message="one", branch="feature/x")
    second = repository.commit({"a": "2"}, message="two", branch="feature/x")
    assert git(repository, "rev-list", f"{head}..refs/heads/feature/x").split() == [second, first]
    assert repository.head == head


@pytest.mark.parametrize("annotated", [False, True])
def test_tags_are_made_moved_and_deleted(repository: Monorepo, annotated: bool) -> None:
    name, ref = "vault/v0.4.0", "refs/tags/vault/v0.4.0"
    assert repository.tag(name, annotated=annotated) == repository.head
    assert git(repository, "cat-file", "-t", ref) == ("tag" if annotated else "commit")
    parent = repository.commit_of("refs/heads/main^")
    assert repository.move_tag(name, parent, annotated=annotated) == parent
    assert repository.refs()[ref] == parent
    repository.delete_tag(name)
    assert ref not in repository.refs()
    with pytest.raises(process.ProgramFailed):
        repository.delete_tag(name)


@pytest.mark.parametrize("annotated", [False, True])
def test_a_tag_that_exists_is_not_replaced(repository: Monorepo, annotated: bool) -> None:
    before = repository.refs()
    with pytest.raises(process.ProgramFailed):
        repository.tag("vault/v0.3.0", annotated=annotated)
    assert repository.refs() == before


def test_rewritten_main_loses_commits(repository: Monorepo) -> None:
    repository.tag("vault/v0.4.0")
    base = repository.commit_of("refs/heads/main~2")
    head = repository.rewrite_main(onto=base)
    assert repository.head == head
    assert on_main(repository, base)
    assert not on_main(repository, "refs/tags/vault/v0.4.0")


def test_large_history(tmp_path: Path) -> None:
    need("git")
    tags = ["vault/v0.1.0", "vault/v0.2.0"]
    large = large_history(tmp_path / "large.git", commits=2500, tags=tags)
    assert git(large, "rev-list", "--count", "refs/heads/main") == "2500"
    assert git(large, "rev-list", "--count", "refs/tags/vault/v0.1.0") == "1250"
    assert large.refs()["refs/tags/vault/v0.2.0"] == large.head
    assert large_history(tmp_path / "again.git", commits=2500, tags=tags).head == large.head


def test_the_dockerfile_builds_a_service(
    monorepo: Monorepo, registry: Registry, namespace: str, tmp_path: Path
) -> None:
    need("buildah")
    subprocess.run(["git", "clone", "--quiet", monorepo.git_dir, tmp_path / "clone"], check=True)
    storage = ["--root", f"{tmp_path}/root", "--runroot", f"{tmp_path}/run", "--storage-driver", "vfs"]
    arguments = {
        "SERVICE": "vault",
        "VERSION": "0.4.0",
        "REVISION": monorepo.head,
        "CREATED": "2024-01-01T00:00:00Z",
        "BUILDPLATFORM": "linux/amd64",
    }
    flags = [f"--build-arg={name}={value}" for name, value in arguments.items()]
    reference = f"{registry.address}/{namespace}:v0.4.0"
    build = ["buildah", *storage, "build", "--isolation", "chroot", "--tls-verify=false", *ulimits.own()]
    no_network = networks.none(tmp_path / "helpers")
    process.run_sync([*build, *flags, "--tag", reference, str(tmp_path / "clone")], timeout=120, env=no_network)
    process.run_sync(["buildah", *storage, "push", "--tls-verify=false", reference], timeout=120)
    assert run_image(reference).splitlines() == [
        "vault 0.4.0",
        f"revision {monorepo.head} of 2024-01-01T00:00:00Z for amd64",
    ]
    config = registry.config(namespace, "v0.4.0")["config"]
    assert (config["User"], list(config["ExposedPorts"])) == ("65534:65534", ["7070/tcp"])
