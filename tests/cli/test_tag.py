"""`pipeline tag`: what it plans, and what it pushes."""

import json
import re

import pytest

from tests.cli.clone import COUNTING, Clone


def test_the_plan_says_what_would_ship(clone: Clone) -> None:
    before = clone.tags()
    tagged = clone.tag("vault", "krane", "--dry-run")
    assert tagged.exit_code == 0
    assert tagged.stdout.splitlines()[:5] == [
        "vault  v0.3.0 → v0.3.1",
        f"  at {clone.monorepo.head[:12]} feat(vault): audit every read (#124)",
        "  2 commits, 2 pull requests since vault/v0.3.0 in svc/vault",
        f"    {clone.monorepo.head[:12]} feat(vault): audit every read (#124)",
        f"    {clone.git('rev-parse', 'main^^^^')[:12]} feat(vault): back up to a second region (#119)",
    ]
    assert tagged.stdout.endswith("\nNothing was tagged.\n")
    assert tagged.stderr == ""
    assert clone.tags() == before
    assert set(clone.origin) == before


def test_a_merge_brings_its_pull_request_and_its_commits(clone: Clone) -> None:
    planned = clone.planned("api", "--ref", clone.monorepo.commit_of("refs/tags/api/v1.1.0"), "--force-older")
    assert planned["state"] == "already-pushed"
    krane = clone.planned("krane@v0.3.0")
    assert [commit["subject"] for commit in krane["commits"]] == ["feat(krane): scale to zero (#121)"]
    assert krane["pull_requests"] == [121, 122]


def test_everything_counts_for_a_service_without_paths(clone: Clone) -> None:
    clone.monorepo.tag("web/v1.0.0", "refs/tags/vault/v0.3.0")
    planned = clone.planned("web")
    assert (planned["tag"], planned["commit_count"]) == ("web/v1.0.1", 5)


def test_it_decides_by_what_origin_has_now(clone: Clone) -> None:
    clone.monorepo.tag("vault/v0.3.1")
    head = clone.monorepo.commit({"svc/vault/new": "new"}, message="fix(vault): new")
    by_clone = clone.planned("vault", "--no-fetch")
    assert (by_clone["tag"], by_clone["commit"]) == ("vault/v0.3.1", clone.git("rev-parse", "main"))
    planned = clone.planned("vault")
    assert (planned["tag"], planned["since"], planned["commit"]) == ("vault/v0.3.2", "vault/v0.3.1", head)


@pytest.mark.parametrize(
    ("arguments", "tag"),
    [
        (["vault", "--bump", "minor"], "vault/v0.4.0"),
        (["vault", "--bump", "major"], "vault/v1.0.0"),
        (["vault", "--rc"], "vault/v0.3.1-rc.1"),
        (["vault", "--bump", "minor", "--pre", "beta"], "vault/v0.4.0-beta.1"),
        (["vault@v0.9.0"], "vault/v0.9.0"),
        (["vault/v0.9.0-rc.7"], "vault/v0.9.0-rc.7"),
        (["krane"], "krane/v0.2.2"),
    ],
)
def test_the_next_version(clone: Clone, arguments: list[str], tag: str) -> None:
    assert clone.planned(*arguments)["tag"] == tag


def test_a_candidate_numbers_itself_and_the_stable_version_keeps_its_number(clone: Clone) -> None:
    for expected in ("vault/v0.4.0-rc.1", "vault/v0.4.0-rc.2"):
        assert clone.tag("vault", "--bump", "minor", "--rc", "--yes").exit_code == 0
        assert expected in clone.origin
        clone.monorepo.commit({"svc/vault/n": expected}, message="fix(vault): again")
    planned = clone.planned("vault")
    assert (planned["tag"], planned["since"]) == ("vault/v0.4.0", "vault/v0.3.0")
    assert planned["remarks"] == ["finishes v0.4.0-rc.2"]
    assert planned["commit_count"] == 4


def test_each_tag_is_pushed_for_itself(clone: Clone) -> None:
    clone.hook("post-receive", COUNTING)
    names = ["vault/v0.3.1", "api/v1.1.1", "krane/v0.2.2", "cli/v0.9.1", "web/v0.1.0"]
    tagged = clone.tag("vault", "api", "krane", "cli", "web@v0.1.0", "--yes")
    assert tagged.exit_code == 0
    assert tagged.stdout.splitlines()[-5:] == [f"✔ {name}  pushed" for name in names]
    assert {name: clone.origin[name] for name in names} == dict.fromkeys(names, clone.monorepo.head)
    assert set(names) <= clone.tags()
    assert clone.monorepo.git_dir.joinpath("pushes").read_text().split() == ["1"] * 5


def test_the_same_command_again_changes_nothing(clone: Clone) -> None:
    first = clone.tag("vault", "api", "--bump", "minor", "--yes", "--json")
    origin = dict(clone.origin)
    again = clone.tag("vault", "api", "--bump", "minor", "--yes", "--json")
    assert first.states == {"vault/v0.4.0": "pushed", "api/v1.2.0": "pushed"}
    assert again.states == {"vault/v0.4.0": "already-pushed", "api/v1.2.0": "already-pushed"}
    assert (again.exit_code, dict(clone.origin)) == (0, origin)


def test_it_asks_before_it_pushes(clone: Clone) -> None:
    declined = clone.tag("vault", answer="n\n")
    assert declined.exit_code == 130
    assert "Push vault/v0.3.1 to origin?" in declined.stderr
    assert declined.stdout.endswith("Nothing was tagged.\n")
    assert clone.tag("vault").exit_code == 130
    assert "vault/v0.3.1" not in clone.origin
    assert clone.tag("vault", answer="y\n").exit_code == 0
    assert clone.origin["vault/v0.3.1"] == clone.monorepo.head


def test_a_branch_named_like_a_tag_does_not_matter(clone: Clone) -> None:
    clone.monorepo.commit({"x": "x"}, message="chore: a branch", branch="vault/v0.3.1")
    clone.git("branch", "vault/v0.3.1", "HEAD~3")
    clone.git("branch", "refs/tags/vault/v0.3.1", "HEAD~3")
    clone.git("branch", "origin/main", "HEAD~3")
    branches = {name: sha for name, sha in clone.monorepo.refs().items() if name.startswith("refs/heads/")}
    assert clone.tag("vault", "--yes").exit_code == 0
    assert clone.origin["vault/v0.3.1"] == clone.monorepo.head
    assert {name: sha for name, sha in clone.monorepo.refs().items() if name.startswith("refs/heads/")} == branches


def test_a_dirty_detached_clone_on_another_branch_is_fine(clone: Clone) -> None:
    clone.git("checkout", "--quiet", "--detach", "HEAD~2")
    clone.folder.joinpath("README.md").write_text("dirty")
    clone.folder.joinpath("untracked").write_text("new")
    clone.git("config", "remote.origin.fetch", "+refs/heads/other:refs/remotes/origin/other")
    status = clone.git("status", "--porcelain=v2", "--branch", "--untracked-files")
    assert clone.tag("vault", "--yes").exit_code == 0
    assert clone.origin["vault/v0.3.1"] == clone.monorepo.head
    assert clone.git("status", "--porcelain=v2", "--branch", "--untracked-files") == status


def test_what_a_person_s_configuration_says_changes_nothing_else(clone: Clone) -> None:
    for key, value in [("fetch.prune", "true"), ("fetch.pruneTags", "true"), ("push.followTags", "true")]:
        clone.git("config", key, value)
    clone.git("tag", "mine")
    clone.git("tag", "--annotate", "--message=x", "mine-too")
    assert clone.tag("vault", "--yes").exit_code == 0
    assert {"mine", "mine-too"} <= clone.tags()
    assert not {"mine", "mine-too"} & set(clone.origin)


@pytest.mark.parametrize("form", ["https://github.com/", "git@github.com:", "ssh://git@github.com:22/"])
@pytest.mark.parametrize(("name", "remarks"), [("me/unkey", 1), ("Unkeyed/unkey", 0)])
def test_a_fork_is_noticed(clone: Clone, form: str, name: str, remarks: int) -> None:
    url = f"{form}{name}.git"
    clone.git("config", "remote.origin.url", url)
    clone.git("config", f"url.{clone.url}.insteadOf", url)
    found = clone.planned("vault")["remarks"]
    assert found == ["origin is me/unkey, not unkeyed/unkey: nothing releases what is pushed there"][:remarks]


def test_an_older_commit_can_be_tagged(clone: Clone) -> None:
    commit = clone.git("rev-parse", "origin/main~1")
    assert clone.tag("vault", "--ref", commit[:10], "--yes").exit_code == 0
    assert clone.origin["vault/v0.3.1"] == commit


def test_a_subject_cannot_steer_the_terminal(clone: Clone) -> None:
    clone.monorepo.commit({"svc/vault/x": "x"}, message="fix(vault): \x1b[2J\u202e\u2028hidden")
    tagged = clone.tag("vault", "--dry-run")
    assert "fix(vault): ?[2J??hidden" in tagged.stdout
    assert all(line.isprintable() for line in tagged.stdout.split("\n"))


def test_the_report_is_the_only_thing_on_standard_output(clone: Clone) -> None:
    tagged = clone.tag("vault", "--yes", "--json")
    report = json.loads(tagged.stdout)
    assert (report["outcome"], report["dry_run"]) == ("pushed", False)
    assert re.fullmatch(r"[0-9a-f]{40}", report["tags"][0]["commit"])
    assert report["tags"][0]["version"] == "0.3.1"
