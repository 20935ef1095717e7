"""A release, from tag to published, and the same call again."""

import pytest

from pipeline.demo.images import run_image
from tests.e2e.conftest import Release
from tests.site import QUICK, Site

pytestmark = pytest.mark.anyio

BOTH = ("linux/amd64", "linux/arm64")
LABELS = "org.opencontainers.image"


async def test_a_release_of_a_cross_compiled_service(site: Site, release: Release, base_image: str) -> None:
    from pipeline.demo.monorepo_tree import initial_files

    site.monorepo.commit({"Dockerfile": initial_files(base_image)["Dockerfile"]}, message="chore: build for real")
    commit = site.monorepo.tag("vault/v0.4.0", annotated=True)
    run = await release(site.with_platforms(*BOTH), "vault/v0.4.0")
    assert (run.exit_code, run.report["outcome"], run.report["commit"]) == (0, "released", commit)
    assert set(run.stages.values()) == {"done"}
    digest = site.registry.digest(site.image("vault"), "v0.4.0")
    reference = f"{site.prefix}/vault:v0.4.0"
    assert run.report["image"] == {"reference": reference, "digest": digest, "platforms": [*BOTH]}
    assert sorted(site.registry.platforms(site.image("vault"), "v0.4.0")) == [*BOTH]
    for platform in BOTH:
        config = site.registry.config(site.image("vault"), "v0.4.0", platform)
        assert config["architecture"] == platform.partition("/")[2]
        labels = config["config"]["Labels"]
        assert (
            labels.items()
            >= {
                f"{LABELS}.source": f"{site.github.url}/{site.repository}",
                f"{LABELS}.revision": commit,
                f"{LABELS}.version": "0.4.0",
                f"{LABELS}.title": "vault",
                f"{LABELS}.created": config["created"],
            }.items()
        )
        assert config["config"]["User"] == "65534:65534"
        assert config["config"]["ExposedPorts"] == {"7070/tcp": {}}
        assert config["config"]["Env"] == ["PATH=/usr/local/bin:/bin", "UNKEY_LISTEN=:7070"]
    assert run_image(f"{site.prefix}/vault@{digest}").splitlines() == [
        "vault 0.4.0",
        f"revision {commit} of {config['created']} for amd64",
    ]
    (made,) = site.releases()
    assert (made.tag_name, made.target_commitish, made.draft, made.prerelease) == ("vault/v0.4.0", commit, False, False)
    assert f"{reference}@{digest}" in (made.body or "")
    assert site.latest() == "vault/v0.4.0"
    assert run.report["release"]["latest"] is True
    assert made.tag_name in run.report["release"]["url"]


async def test_the_same_call_again_does_nothing(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    first = await release(site, "vault/v0.4.0")
    writes = [e for e in site.github.requests if e.method != "GET" and site.repository in e.path]
    again = await release(site, "vault/v0.4.0")
    assert (first.report["outcome"], again.report["outcome"]) == ("released", "already-released")
    assert again.exit_code == 0
    assert {again.stages[name] for name in ("build", "verify-unmoved", "push", "release")} == {"already-done"}
    for part in ("commit", "image", "release", "version", "service"):
        assert again.report[part] == first.report[part]
    assert [e for e in site.github.requests if e.method != "GET" and site.repository in e.path] == writes


async def test_a_rebuild_of_the_same_commit_is_the_same_image(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    first = await release(site, "vault/v0.4.0")
    site.registry.delete(site.image("vault"), "v0.4.0")
    again = await release(site, "vault/v0.4.0")
    assert (again.exit_code, again.stages["push"], again.stages["release"]) == (0, "done", "already-done")
    assert again.report["image"]["digest"] == first.report["image"]["digest"]


async def test_a_service_that_is_not_for_the_builders_own_platform(site: Site, release: Release) -> None:
    foreign = site.with_platforms("linux/arm64", "linux/s390x")
    foreign.monorepo.commit({"Dockerfile": QUICK}, message="feat: run elsewhere")
    foreign.monorepo.tag("vault/v0.4.0")
    runs = [await release(foreign, "vault/v0.4.0") for _ in range(2)]
    assert [run.report["outcome"] for run in runs] == ["released", "already-released"]


@pytest.mark.parametrize("suffix", ["rc.1", "beta", "0"])
async def test_a_prerelease_is_marked_and_never_latest(site: Site, release: Release, suffix: str) -> None:
    site.monorepo.tag(f"vault/v0.4.0-{suffix}")
    run = await release(site, f"vault/v0.4.0-{suffix}")
    assert (run.exit_code, run.report["outcome"], run.report["prerelease"]) == (0, "released", True)
    assert run.report["release"]["prerelease"] is True
    assert run.report["release"]["latest"] is False
    assert site.latest() is None
    assert site.registry.tags(site.image("vault")) == [f"v0.4.0-{suffix}"]


async def test_services_are_released_independently(site: Site, release: Release) -> None:
    site.monorepo.tag("vault/v0.4.0")
    site.monorepo.tag("api/v2.0.0")
    vault = await release(site, "vault/v0.4.0")
    before = site.registry.digest(site.image("vault"), "v0.4.0")
    api = await release(site, "api/v2.0.0")
    assert (vault.exit_code, api.exit_code) == (0, 0)
    assert site.published() == {"vault": ["v0.4.0"], "api": ["v2.0.0"], "releases": ["vault/v0.4.0", "api/v2.0.0"]}
    assert site.registry.digest(site.image("vault"), "v0.4.0") == before


async def test_notes_tell_what_changed_since_this_services_previous_release(site: Site, release: Release) -> None:
    site.monorepo.commit({"svc/vault/new.md": "x"}, message="feat(vault): something new (#125)")
    site.monorepo.tag("vault/v0.4.0")
    site.monorepo.tag("api/v9.0.0")
    await release(site, "vault/v0.4.0")
    body = site.releases()[0].body or ""
    assert "vault/v0.3.0" in body
    assert "something new" in body
    assert "audit every read" in body
    assert "close connections" not in body


async def test_a_first_release_has_notes_too(site: Site, release: Release) -> None:
    first = site.with_catalogue(service="krane")
    for tag in ("krane/v0.2.0", "krane/v0.2.1"):
        site.monorepo.delete_tag(tag)
    site.monorepo.tag("krane/v0.0.1")
    run = await release(first, "krane/v0.0.1")
    assert run.exit_code == 0
    assert site.releases()[0].body


@pytest.mark.parametrize("tokens", [True, False], ids=["with-tokens", "without-tokens"])
async def test_a_rehearsal_leaves_nothing_behind(site: Site, release: Release, tokens: bool) -> None:
    site.monorepo.tag("vault/v0.4.0")
    run = await release(site if tokens else site.with_tokens(), "vault/v0.4.0", dry_run=True)
    assert (run.exit_code, run.report["outcome"], run.report["dry_run"]) == (0, "rehearsed", True)
    assert run.stages["build"] == "done"
    assert {run.stages[name] for name in ("push", "release", "confirm")} == {"planned"}
    preflight = next(stage for stage in run.report["stages"] if stage["name"] == "preflight")
    assert ("not checked" in preflight["detail"]) is not tokens
    assert run.report["image"]["digest"] is None
    assert run.report["release"]["url"] is None
    assert site.published() == {}


@pytest.mark.parametrize("by", ["branch", "commit", "whole"])
async def test_a_branch_or_commit_stands_in_for_a_tag_that_is_not_there(site: Site, release: Release, by: str) -> None:
    head = site.monorepo.head
    ref = {"branch": "main", "commit": head, "whole": "refs/heads/main"}[by]
    run = await release(site, "vault/v0.4.0", dry_run=True, ref=ref)
    assert (run.exit_code, run.report["outcome"], run.report["commit"]) == (0, "rehearsed", head)
    assert site.published() == {}


async def test_a_rehearsal_of_a_branch_off_main_is_refused(site: Site, release: Release) -> None:
    run = await release(site, "vault/v0.4.0", dry_run=True, ref="krane-hotfix")
    assert (run.exit_code, run.error["kind"]) == (3, "not-on-main")


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({"ref": "main"}, "bad-flag", "--dry-run"),
        ({"ref": "nope", "dry_run": True}, "tag-not-found", "nope"),
        ({"ref": "f" * 40, "dry_run": True}, "tag-not-found", "f" * 12),
        ({"ref": "--upload-pack=id", "dry_run": True}, "bad-flag", "--upload-pack=id"),
        ({"ref": "a b", "dry_run": True}, "bad-flag", "'a b'"),
        ({"ref": "abc1234", "dry_run": True}, "tag-not-found", "abc1234"),
    ],
)
async def test_a_ref_that_cannot_stand_in(
    site: Site, release: Release, arguments: dict[str, object], kind: str, said: str
) -> None:
    run = await release(site, "vault/v0.4.0", **arguments)
    assert (run.exit_code, run.error["kind"]) == (2, kind)
    assert said in run.error["message"] + run.error["next"]


async def test_a_command_line_tool_is_never_an_image(site: Site, release: Release) -> None:
    site.monorepo.tag("cli/v1.0.0")
    await release(site, "cli/v1.0.0")
    assert site.registry.tags(site.image("cli")) == []
