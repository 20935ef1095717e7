"""`pipeline tag --rehearse`, and the notes that a tag would have, where real releases are made."""

import shlex
from collections.abc import Sequence

import pytest

from pipeline.process import run_sync
from tests.cli.terminal import Terminal
from tests.site import QUICK, Site


@pytest.fixture
def in_clone(at_site: Terminal, site: Site) -> Terminal:
    """A terminal in a clone of the site's monorepo."""
    site.monorepo.commit({"Dockerfile": QUICK}, message="build(deps): @octocat, the least <b>there is</b>")
    url = site.git.url_of(site.monorepo.git_dir)
    git = ["git", "-C", str(at_site.folder)]
    run_sync([*git, "init", "--quiet", "--initial-branch=main"])
    run_sync([*git, "remote", "add", "origin", url])
    return at_site


def test_a_rehearsal_is_the_dry_run_of_that_commit(in_clone: Terminal, site: Site, flags: Sequence[str]) -> None:
    before = site.monorepo.refs()
    ended = in_clone.run("tag", "vault", "krane", "--rehearse", "--dry-run", "--json", "--engine=local", *flags)
    assert ended.exit_code == 0, ended.stderr
    assert ended.json["outcome"] == "rehearsed"
    for report, tag in zip(ended.json["rehearsal"], ("vault/v0.3.1", "krane/v0.2.2"), strict=True):
        assert (report["tag"], report["outcome"], report["commit"]) == (tag, "rehearsed", site.monorepo.head)
    assert site.monorepo.refs() == before
    assert site.published() == {}


def test_nothing_is_tagged_when_the_rehearsal_fails(in_clone: Terminal, site: Site, flags: Sequence[str]) -> None:
    site.monorepo.commit({"Dockerfile": "FROM scratch\nCOPY no-such-file /\n"}, message="build: break it")
    ended = in_clone.run("tag", "vault", "--rehearse", "--yes", "--json", "--engine=local", *flags)
    assert (ended.exit_code, ended.json["outcome"]) == (5, "failed")
    assert ended.json["rehearsal"]["error"]["kind"] == "build-failed"
    assert ended.json["tags"][0]["state"] == "planned"
    assert "refs/tags/vault/v0.3.1" not in site.monorepo.refs()


def test_notes_are_previewed_before_and_after(in_clone: Terminal, site: Site, flags: Sequence[str]) -> None:
    before = in_clone.run("notes", "--tag=vault/v0.3.1", "--ref=main", "--engine=local", *flags)
    assert before.exit_code == 0, before.stderr
    assert before.stdout.startswith(f"Not published, as far as can be told: {site.prefix}/vault:v0.3.1 is free.\n")
    assert "## Changes since vault/v0.3.0" in before.stdout
    assert "* **deps:** @&#8203;octocat, the least &lt;b&gt;there is&lt;/b&gt; (" in before.stdout
    site.monorepo.tag("vault/v0.3.1")
    released = in_clone.run("release", "--tag=vault/v0.3.1", "--json", "--engine=local", *flags)
    assert released.exit_code == 0, released.said
    after = in_clone.run("notes", "--tag=vault/v0.3.1", "--engine=local", *flags)
    [release] = site.releases()
    assert after.stdout.strip() == (release.body or "").strip()
    assert released.json["image"]["digest"] in after.stdout
    verify = next(line for line in after.stdout.splitlines() if line.startswith("skopeo inspect"))
    verified = run_sync([*shlex.split(verify), "--tls-verify=false"]).text
    assert verified == f"{released.json['image']['digest']} {site.monorepo.head}"
    assert after.stdout.partition("## ")[2] == before.stdout.partition("## ")[2]
