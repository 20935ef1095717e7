"""`pipeline tag` refuses what CI would refuse, before anything is pushed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.clone import Clone


def assert_refused(clone: Clone, arguments: Sequence[str], exit_code: int, kind: str, *words: str) -> None:
    before = dict(clone.origin), clone.tags()
    tagged = clone.tag(*arguments, "--yes", "--json")
    error = tagged.report["error"]
    assert (tagged.exit_code, error["kind"]) == (exit_code, kind)
    assert tagged.report["outcome"] == ("failed" if exit_code == 4 else "refused")
    for word in words:
        assert word in f"{error['message']} {error['next']}"
    assert dict(clone.origin) == before[0]
    assert clone.tags() - before[1] <= set(before[0])


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (["vualt"], "unknown-service", ["Did you mean vault?"]),
        (["vualt@v1.0.0"], "unknown-service", ["Did you mean vault/v1.0.0?"]),
        (["vault@1.0.0"], "bad-tag", ["Did you mean vault/v1.0.0?"]),
        (["vault@v1.0.0+b"], "bad-tag", ["build metadata"]),
        (["vault", "vault@v1.0.0"], "bad-flag", ["named twice"]),
        (["vault@v1.0.0", "--bump", "minor"], "bad-flag", ["named already"]),
        (["vault", "--rc", "--pre", "beta"], "bad-flag", ["two labels"]),
        (["vault", "--pre", "rc.1"], "bad-flag", ["'rc.1' cannot be a pre-release label"]),
        (["web"], "first-release", ["pipeline tag web@v0.1.0"]),
        (["vault", "--ref", "no-such"], "tag-not-found", ["'no-such'"]),
        (["vault", "--ref", "--help"], "tag-not-found", ["'--help'"]),
        (["$(id)"], "unknown-service", ["$(id)"]),
    ],
)
def test_a_request_that_is_wrong(clone: Clone, arguments: list[str], kind: str, words: list[str]) -> None:
    assert_refused(clone, arguments, 2, kind, *words)


def test_tags_of_other_tools_do_not_count(clone: Clone) -> None:
    clone.monorepo.tag("web/v0.0.0-test1")
    clone.monorepo.tag("web/1.0.0")
    clone.monorepo.tag("web/vX")
    assert_refused(clone, ["web"], 2, "first-release")


def test_a_taken_version(clone: Clone) -> None:
    taken = clone.monorepo.commit_of("refs/tags/vault/v0.3.0")[:12]
    assert_refused(clone, ["vault@v0.3.0"], 3, "tag-taken", "vault/v0.3.0", taken, "take the next version")
    assert_refused(clone, ["vault@v0.3.0", "--force-older"], 3, "tag-taken")


def test_a_version_below_the_highest_stable_one(clone: Clone) -> None:
    assert_refused(
        clone, ["vault@v0.2.5"], 3, "older-version", "vault/v0.2.5 is lower than vault/v0.3.0", "--force-older"
    )
    assert_refused(clone, ["vault@v0.3.0-rc.1"], 3, "older-version")
    assert clone.tag("vault@v0.2.5", "--force-older", "--yes").exit_code == 0
    assert "vault/v0.2.5" in clone.origin


@pytest.mark.parametrize("version", ["v0.3.1", "v0.3.1-rc.1"])
def test_a_commit_that_is_not_on_main(clone: Clone, version: str) -> None:
    clone.git("fetch", "--quiet", "origin", "krane-hotfix:refs/remotes/origin/krane-hotfix")
    assert_refused(clone, [f"krane@{version}", "--ref", "krane-hotfix"], 3, "not-on-main", "not on main of origin")


def test_a_commit_that_was_never_pushed(clone: Clone) -> None:
    clone.git("commit", "--quiet", "--allow-empty", "--message=fix: local")
    assert_refused(clone, ["vault", "--ref", "HEAD"], 3, "not-on-main")
    assert clone.planned("vault")["commit"] == clone.monorepo.head


def test_main_was_rewritten_after_the_clone_was_made(clone: Clone) -> None:
    old = clone.monorepo.head
    clone.monorepo.rewrite_main()
    assert_refused(clone, ["vault", "--ref", old], 3, "not-on-main")


def test_a_candidate_may_be_off_main_where_the_catalogue_says_so(clone: Clone) -> None:
    catalogue = clone.folder / "services.toml"
    catalogue.write_text("prereleases_off_main = true\n" + catalogue.read_text())
    clone.git("commit", "--quiet", "--allow-empty", "--message=fix: local")
    assert clone.planned("vault", "--rc", "--ref", "HEAD")["tag"] == "vault/v0.3.1-rc.1"
    assert_refused(clone, ["vault", "--ref", "HEAD"], 3, "not-on-main")


def test_everything_is_told_at_once(clone: Clone) -> None:
    tagged = clone.tag("vault@v0.3.0", "api@v0.1.0", "web", "--yes")
    assert (tagged.exit_code, tagged.stdout) == (3, "")
    assert "3 things stand in the way" in tagged.stderr
    for words in ("vault/v0.3.0 is taken", "api/v0.1.0 is lower", "web has no release yet"):
        assert words in tagged.stderr


def test_a_tag_of_the_clone_s_own_at_another_commit(clone: Clone) -> None:
    clone.git("tag", "vault/v0.3.1", "HEAD~3")
    assert_refused(clone, ["vault"], 3, "tag-taken", "in this clone", "git tag -d vault/v0.3.1")


def test_a_clone_whose_tags_are_not_origin_s(clone: Clone) -> None:
    clone.git("tag", "--force", "vault/v0.3.0", "HEAD~1")
    moved = clone.git("rev-parse", "HEAD~1")
    planned = clone.planned("vault")
    assert (planned["tag"], planned["commit_count"]) == ("vault/v0.3.1", 2)
    assert clone.git("rev-parse", "refs/tags/vault/v0.3.0") == moved


def test_a_folder_that_is_no_clone(clone: Clone, tmp_path: Path) -> None:
    assert_refused(clone, ["vault", "--clone", str(tmp_path)], 2, "no-clone", "not a git repository", "--clone")
    assert_refused(clone, ["vault", "--clone", str(tmp_path / "none")], 2, "no-clone", "--clone")


def test_a_clone_without_origin(clone: Clone) -> None:
    clone.git("remote", "rename", "origin", "upstream")
    assert_refused(clone, ["vault"], 2, "no-clone", "no remote named origin", "git remote add origin")


def test_a_shallow_clone(clone: Clone) -> None:
    clone.git("clone", "--quiet", "--depth=1", clone.url, "shallow")
    folder = str(clone.folder / "shallow")
    assert_refused(clone, ["vault", "--clone", folder], 2, "no-clone", "shallow", "--unshallow")


def test_an_origin_that_does_not_answer(clone: Clone) -> None:
    clone.git("config", "remote.origin.url", "http://127.0.0.1:9/unkey.git")
    assert_refused(clone, ["vault"], 4, "git-unavailable", "origin cannot be fetched", "127.0.0.1 port 9")


def test_an_origin_that_does_not_let_it_in(clone: Clone, locked_url: str) -> None:
    clone.git("config", "remote.origin.url", locked_url)
    assert_refused(clone, ["vault"], 4, "not-authorized", "could not read Username")


def test_a_program_is_never_waited_for_an_answer(clone: Clone) -> None:
    tagged = clone.tag("vault", "--json")
    assert (tagged.exit_code, tagged.report["error"]["kind"]) == (2, "bad-flag")
    assert "vault/v0.3.1" not in clone.origin
