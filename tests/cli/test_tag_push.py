"""`pipeline tag` when pushing goes wrong, or tags are more than a name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.tagging import clone as clones
from pipeline.cli.tagging import push
from pipeline.process import Completed, run_sync
from tests.cli.clone import Clone
from tests.conftest import need
from tests.faults.proxy import Proxy
from tests.faults.rules import Answer, Reset

REFUSING_API = (
    '#!/bin/sh\ncase "$1" in refs/tags/api/*) echo "GH013: Repository rule violations found"; exit 1;; esac\n'
)


def test_half_way_it_says_what_is_pushed_and_continues(clone: Clone) -> None:
    hook = clone.hook("update", REFUSING_API)
    tagged = clone.tag("vault", "api", "krane", "--yes", "--json")
    assert (tagged.exit_code, tagged.report["error"]["kind"]) == (4, "not-authorized")
    assert "api/v1.1.1 was not pushed to origin" in tagged.report["error"]["message"]
    assert tagged.states == {"vault/v0.3.1": "pushed", "api/v1.1.1": "failed", "krane/v0.2.2": "not-pushed"}
    assert "vault/v0.3.1" in clone.origin
    assert not {"api/v1.1.1", "krane/v0.2.2"} & (set(clone.origin) | clone.tags())
    hook.unlink()
    again = clone.tag("vault", "api", "krane", "--yes", "--json")
    assert again.states == {"vault/v0.3.1": "already-pushed", "api/v1.1.1": "pushed", "krane/v0.2.2": "pushed"}


def test_a_person_is_told_what_is_left(clone: Clone) -> None:
    clone.hook("update", REFUSING_API)
    tagged = clone.tag("vault", "api", "krane", "--yes")
    assert tagged.stdout.splitlines()[-3:] == [
        "✔ vault/v0.3.1  pushed",
        "✘ api/v1.1.1  failed",
        "  krane/v0.2.2  not-pushed",
    ]
    assert f"pipeline tag api@v1.1.1 krane@v0.2.2 --ref {clone.monorepo.head}" in tagged.stderr


@pytest.fixture
def through(clone: Clone, proxy_to: Callable[[str], Proxy]) -> Proxy:
    """A proxy between the clone and its origin."""
    upstream = clone.url.split("/")[2]
    proxy = proxy_to(upstream)
    clone.git("config", "remote.origin.url", clone.url.replace(upstream, proxy.address))
    return proxy


def test_a_push_whose_answer_is_lost_counts_when_origin_has_the_tag(clone: Clone, through: Proxy) -> None:
    rule = through.on("POST", "git-receive-pack", Reset())
    tagged = clone.tag("vault", "--yes", "--json")
    assert rule.struck.is_set()
    assert (tagged.exit_code, tagged.states) == (0, {"vault/v0.3.1": "pushed"})
    assert "vault/v0.3.1" in clone.tags()


def test_a_push_that_never_arrives_is_undone(clone: Clone, through: Proxy) -> None:
    through.on("POST", "git-receive-pack", Reset(of="request"), times=None)
    tagged = clone.tag("vault", "--yes", "--json")
    assert (tagged.exit_code, tagged.report["error"]["kind"]) == (4, "git-unavailable")
    assert "vault/v0.3.1" not in clone.tags()
    assert "vault/v0.3.1" not in clone.origin


def test_nobody_knows_when_origin_is_gone_after_a_push(clone: Clone, through: Proxy) -> None:
    through.on("POST", "git-receive-pack", Reset(), times=None)
    through.on("GET", "service=git-upload-pack", Answer(503), nth=2, times=None)
    tagged = clone.tag("vault", "--yes", "--json")
    assert tagged.exit_code == 4
    assert "vault/v0.3.1 may not have been pushed" in tagged.report["error"]["message"]
    assert "vault/v0.3.1" in clone.origin
    assert "vault/v0.3.1" not in clone.tags()


def test_somebody_else_is_first_with_another_commit(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    other = clone.git("rev-parse", "HEAD~1")
    overtaken(clone, monkeypatch, other)
    tagged = clone.tag("vault", "--yes", "--json")
    assert (tagged.exit_code, tagged.report["error"]["kind"]) == (3, "tag-taken")
    assert other[:12] in tagged.report["error"]["message"]
    assert clone.origin["vault/v0.3.1"] == other
    assert "vault/v0.3.1" not in clone.tags()


def test_somebody_else_is_first_with_the_same_commit(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    overtaken(clone, monkeypatch, clone.monorepo.head)
    tagged = clone.tag("vault", "--yes", "--json", "--annotate")
    assert (tagged.exit_code, tagged.states) == (0, {"vault/v0.3.1": "pushed"})


def overtaken(clone: Clone, monkeypatch: pytest.MonkeyPatch, commit: str) -> None:
    """Let another person push the tag between this one's plan and push."""
    push_all = push.push_all

    def late(*arguments: object) -> object:
        clone.monorepo.tag("vault/v0.3.1", commit)
        return push_all(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("pipeline.cli.tagging.command.push_all", late)


def test_an_interrupted_push_is_undone(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    git = clones.Clone.git

    def interrupted(self: clones.Clone, *arguments: str, **options: Any) -> Completed:
        if arguments[0] == "push":
            raise KeyboardInterrupt
        return git(self, *arguments, **options)

    monkeypatch.setattr(clones.Clone, "git", interrupted)
    tagged = clone.tag("vault", "api", "--yes", "--json")
    assert (tagged.exit_code, tagged.states) == (130, {"vault/v0.3.1": "failed", "api/v1.1.1": "not-pushed"})
    assert "vault/v0.3.1" not in clone.tags()


def test_a_tag_that_waits_in_the_clone_is_pushed_and_never_deleted(clone: Clone) -> None:
    clone.git("tag", "--annotate", "--message=by hand", "api/v1.1.1", clone.monorepo.head)
    hook = clone.hook("update", REFUSING_API)
    assert clone.tag("api", "--yes").exit_code == 4
    assert "api/v1.1.1" in clone.tags()
    hook.unlink()
    assert clone.tag("api", "--yes").exit_code == 0
    assert clone.origin["api/v1.1.1"] == clone.monorepo.head


def test_tags_are_light_unless_asked_for(clone: Clone) -> None:
    assert clone.tag("vault", "--yes").exit_code == 0
    assert clone.tag("api", "--yes", "--annotate").exit_code == 0
    types = [clone.git("cat-file", "-t", f"refs/tags/{name}") for name in ("vault/v0.3.1", "api/v1.1.1")]
    assert types == ["commit", "tag"]
    assert clone.origin["api/v1.1.1"] == clone.monorepo.head
    assert clone.tag("api", "--yes", "--annotate", "--json").states == {"api/v1.1.1": "already-pushed"}


def test_a_signed_tag(clone: Clone, tmp_path: Path) -> None:
    need("ssh-keygen")
    key = tmp_path / "key"
    run_sync(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)])
    clone.git("config", "gpg.format", "ssh")
    clone.git("config", "user.signingKey", str(key))
    assert clone.tag("vault", "--sign", "--yes").exit_code == 0
    assert "BEGIN SSH SIGNATURE" in clone.git("cat-file", "tag", "refs/tags/vault/v0.3.1")
    assert clone.origin["vault/v0.3.1"] == clone.monorepo.head


def test_a_tag_that_cannot_be_signed_is_not_made(clone: Clone) -> None:
    clone.git("config", "gpg.program", "/nonexistent/gpg")
    tagged = clone.tag("vault", "--sign", "--yes", "--json")
    assert (tagged.exit_code, tagged.report["error"]["kind"]) == (4, "tag-not-made")
    assert "git tag --sign" in tagged.report["error"]["next"]
    assert "vault/v0.3.1" not in clone.tags()
    assert "vault/v0.3.1" not in clone.origin
