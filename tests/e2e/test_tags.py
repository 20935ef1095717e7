"""Which tags may be released: those on main, that stay where they are, whatever else has their name."""

from collections.abc import Callable

import pytest

from pipeline.demo.history import OFF_MAIN_TAG, SHADOWED_TAG
from pipeline.github.releases import RECORD
from pipeline.runtime import alive
from tests.e2e.conftest import Release
from tests.site import Site

pytestmark = pytest.mark.anyio

WhenDone = Callable[[str, Callable[[], object]], None]


@pytest.mark.parametrize("tag", [OFF_MAIN_TAG, "krane/v0.3.0-rc.1"], ids=["stable", "pre-release"])
@pytest.mark.parametrize("dry_run", [False, True], ids=["release", "rehearsal"])
async def test_a_tag_off_main_is_refused_before_anything_is_built(
    site: Site, release: Release, tag: str, dry_run: bool
) -> None:
    if tag != OFF_MAIN_TAG:
        site.monorepo.tag(tag, "refs/heads/krane-hotfix")
    run = await release(site, tag, dry_run=dry_run)
    assert (run.exit_code, run.report["outcome"], run.error["kind"]) == (3, "refused", "not-on-main")
    assert (run.stages["verify-ancestry"], run.stages["build"]) == ("refused", "not-reached")
    commit = site.monorepo.commit_of("refs/heads/krane-hotfix")
    assert commit[:12] in run.error["message"]
    assert "new version" in run.error["next"]
    assert site.published() == {}


async def test_a_catalogue_can_let_prereleases_be_off_main(site: Site, release: Release) -> None:
    lenient = site.with_catalogue("prereleases_off_main = true")
    site.monorepo.tag("krane/v0.3.0-rc.1", "refs/heads/krane-hotfix")
    assert (await release(lenient, "krane/v0.3.0-rc.1")).exit_code == 0
    assert (await release(lenient, OFF_MAIN_TAG)).error["kind"] == "not-on-main"


async def test_a_tag_of_another_history_is_refused(site: Site, release: Release) -> None:
    orphan = site.monorepo.commit({"a": "b"}, message="chore: begin anew", branch="island")
    site.monorepo.rewrite_main(onto=f"{orphan}^")
    site.monorepo.tag("vault/v0.4.0", orphan)
    assert (await release(site, "vault/v0.4.0")).error["kind"] == "not-on-main"


async def test_a_tag_wins_over_a_branch_of_its_name(site: Site, release: Release) -> None:
    site.monorepo.move_tag(SHADOWED_TAG, annotated=True)
    run = await release(site, SHADOWED_TAG)
    assert (run.exit_code, run.report["commit"]) == (0, site.monorepo.commit_of(f"refs/tags/{SHADOWED_TAG}"))
    assert run.report["commit"] != site.monorepo.commit_of(f"refs/heads/{SHADOWED_TAG}")


async def test_a_branch_alone_is_no_tag(site: Site, release: Release) -> None:
    site.monorepo.delete_tag(SHADOWED_TAG)
    run = await release(site, SHADOWED_TAG)
    assert (run.exit_code, run.error["kind"]) == (2, "tag-not-found")
    assert "branch" in run.error["message"]
    assert site.published() == {}


async def test_a_tag_that_is_not_there(site: Site, release: Release) -> None:
    run = await release(site, "vault/v7.0.0")
    assert (run.exit_code, run.error["kind"], run.report["outcome"]) == (2, "tag-not-found", "refused")
    assert "vault/v7.0.0" in run.error["message"]
    assert "--ref main" in run.error["next"]


async def test_annotated_and_lightweight_tags_are_the_commit_they_name(site: Site, release: Release) -> None:
    commit = site.monorepo.tag("vault/v0.4.0", annotated=True)
    site.monorepo.tag("vault/v0.4.1")
    site.monorepo.tag("vault/v0.4.2", "refs/heads/main~3")
    runs = [await release(site, f"vault/v0.4.{patch}", dry_run=True) for patch in range(3)]
    assert [run.report["commit"] for run in runs] == [
        commit, commit, site.monorepo.commit_of("refs/heads/main~3"),
    ]  # fmt: skip


async def test_a_tag_that_moves_during_the_run_is_refused(site: Site, release: Release, when_done: WhenDone) -> None:
    site.monorepo.tag("vault/v0.4.0")
    when_done("build", lambda: site.monorepo.move_tag("vault/v0.4.0", "refs/heads/main~1"))
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "tag-moved")
    assert site.monorepo.commit_of("refs/tags/vault/v0.4.0")[:12] in run.error["message"]
    assert site.published() == {}


async def test_a_tag_that_is_deleted_during_the_run_is_refused(
    site: Site, release: Release, when_done: WhenDone
) -> None:
    site.monorepo.tag("vault/v0.4.0")
    when_done("build", lambda: site.monorepo.delete_tag("vault/v0.4.0"))
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "tag-moved")
    assert site.published() == {}


async def test_a_main_that_is_rewritten_during_the_run_is_refused(
    site: Site, release: Release, when_done: WhenDone
) -> None:
    site.monorepo.tag("vault/v0.4.0")
    when_done("build", site.monorepo.rewrite_main)
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "not-on-main")
    assert site.published() == {}


async def test_a_tag_that_moves_while_the_run_waits_for_another_is_refused(
    site: Site, release: Release, when_done: WhenDone
) -> None:
    tag = "vault/v0.4.0"
    commit = site.monorepo.tag(tag)
    with alive.shown(f"{site.github.url} {site.repository} {tag}") as dead:
        pass

    def claim_and_move() -> None:
        left = site.github.add_draft(site.repository, tag, commit)
        site.github.add_file(site.repository, left.id, RECORD, label=f"claim {dead.run} {dead.machine} 1")
        site.monorepo.move_tag(tag, "refs/heads/main~1")

    when_done("verify-unmoved", claim_and_move)
    run = await release(site, tag)
    assert (run.exit_code, run.error["kind"], run.stages["push"]) == (3, "tag-moved", "refused")
    assert site.registry.tags(site.image("vault")) == []


async def test_a_rehearsal_sees_a_moved_tag_too(site: Site, release: Release, when_done: WhenDone) -> None:
    site.monorepo.tag("vault/v0.4.0")
    when_done("preflight", lambda: site.monorepo.move_tag("vault/v0.4.0", "refs/heads/main~1"))
    run = await release(site, "vault/v0.4.0", dry_run=True)
    assert (run.exit_code, run.error["kind"]) == (3, "tag-moved")
