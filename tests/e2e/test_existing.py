"""What is there already: adopted when it is this release's, left alone and refused when it is not."""

import pytest

from pipeline.demo.images import push_base_image
from tests.e2e.conftest import Release
from tests.site import Site

pytestmark = pytest.mark.anyio

BOTH = ("linux/amd64", "linux/arm64")


async def test_an_image_of_another_revision_is_refused(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0", "refs/heads/main~1")
    await release(site, "vault/v0.4.0")
    site.monorepo.tag("vault/v0.4.1")
    digest = site.registry.digest(site.image("vault"), "v0.4.0")
    site.registry.retag(site.image("vault"), "v0.4.0", "v0.4.1")
    run = await release(site, "vault/v0.4.1")
    assert (run.exit_code, run.report["outcome"], run.error["kind"]) == (3, "refused", "image-taken")
    assert run.stages["build"] == "not-reached"
    assert f"{site.prefix}/vault:v0.4.1" in run.error["message"]
    assert site.monorepo.commit_of("refs/tags/vault/v0.4.0") in run.error["message"]
    assert "new version" in run.error["next"]
    assert site.registry.digest(site.image("vault"), "v0.4.1") == digest
    assert [made.tag_name for made in site.releases()] == ["vault/v0.4.0"]


async def test_an_image_that_is_none_of_ours_is_refused(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    push_base_image(site.registry.address, site.image("vault"), "v0.4.0")
    digest = site.registry.digest(site.image("vault"), "v0.4.0")
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "image-taken")
    assert site.registry.digest(site.image("vault"), "v0.4.0") == digest
    assert site.releases() == []


async def test_an_image_of_too_few_platforms_is_refused(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    assert (await release(site, "vault/v0.4.0")).exit_code == 0
    run = await release(site.with_platforms(*BOTH), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "image-taken")
    assert "linux/arm64" in run.error["message"]


async def test_a_rehearsal_tells_of_a_taken_image_too(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    push_base_image(site.registry.address, site.image("vault"), "v0.4.0")
    run = await release(site.with_tokens(), "vault/v0.4.0", dry_run=True)
    assert (run.exit_code, run.error["kind"]) == (3, "image-taken")


async def test_an_image_without_a_release_gets_its_release(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    first = await release(site, "vault/v0.4.0")
    site.github.store.repositories[site.repository].releases.clear()
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.report["outcome"]) == (0, "released")
    assert (run.stages["build"], run.stages["push"], run.stages["release"]) == ("already-done", "already-done", "done")
    assert run.report["image"] == first.report["image"]
    assert site.published() == {"vault": ["v0.4.0"], "releases": ["vault/v0.4.0"]}


async def test_a_draft_that_a_killed_run_left_becomes_the_release(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    await release(site, "vault/v0.4.0")
    (left,) = site.releases()
    left.draft, left.published_at, left.body = True, None, "half"
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.report["outcome"]) == (0, "released")
    (made,) = site.releases()
    assert (made.id, made.draft) == (left.id, False)
    assert "vault@sha256:" in (made.body or "") or "v0.4.0@sha256:" in (made.body or "")


async def test_drafts_of_others_are_left_alone(site: Site, release: Release) -> None:
    from dataclasses import replace

    site.monorepo.tag("vault/v0.4.0")
    await release(site, "vault/v0.4.0")
    (left,) = site.releases()
    releases = site.github.store.repositories[site.repository].releases
    others = replace(left, id=left.id + 10_000, draft=True, published_at=None, target_commitish="main")
    releases.clear()
    releases[others.id] = others
    assert (await release(site, "vault/v0.4.0")).exit_code == 0
    assert releases[others.id].draft
    assert len(releases) == 2


async def test_a_release_of_another_commit_is_refused(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0", "refs/heads/main~1")
    await release(site, "vault/v0.4.0")
    site.registry.delete(site.image("vault"), "v0.4.0")
    site.monorepo.move_tag("vault/v0.4.0")
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "release-taken")
    assert site.registry.tags(site.image("vault")) == []


async def test_everything_that_is_wrong_is_told_at_once(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    push_base_image(site.registry.address, site.image("vault"), "v0.4.0")
    run = await release(site.with_tokens(), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "not-allowed")
    for word in ("2 things", "is taken", "There is no GitHub token", "--github-token"):
        assert word in run.error["message"]
    assert site.published() == {"vault": ["v0.4.0"]}


async def test_a_moved_tag_is_refused_while_its_image_is_there(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0", "refs/heads/main~1")
    await release(site, "vault/v0.4.0")
    site.monorepo.move_tag("vault/v0.4.0")
    before = site.published()
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "not-allowed")
    assert site.published() == before


async def test_an_image_that_is_gone_is_not_replaced_by_another(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    await release(site, "vault/v0.4.0")
    site.registry.delete(site.image("vault"), "v0.4.0")
    run = await release(site.with_catalogue('labels = { team = "keys" }', service="vault"), "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "release-taken")
    assert site.registry.tags(site.image("vault")) == []


async def test_a_tag_of_a_deleted_immutable_release_is_refused_and_what_was_pushed_is_told(
    site: Site, release: Release
) -> None:
    site.monorepo.tag("vault/v0.4.0")
    site.github.store.repositories[site.repository].burned_tags.add("vault/v0.4.0")
    run = await release(site, "vault/v0.4.0")
    assert (run.exit_code, run.error["kind"]) == (3, "release-taken")
    assert "immutable release" in run.error["message"]
    assert run.report["image"]["digest"] == site.registry.digest(site.image("vault"), "v0.4.0")
