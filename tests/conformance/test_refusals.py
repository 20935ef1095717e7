"""What goes wrong is the same kind of error, told in the same words, on every engine."""

import socket
from dataclasses import dataclass
from typing import Any

import pytest

from pipeline.demo.images import push_base_image
from tests.conformance.conftest import Session
from tests.site import Outcome, Site

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, kw_only=True)
class Case:
    """A call that cannot work: what is changed beforehand, and how it ends."""

    kind: str
    exit_code: int
    words: tuple[str, ...] = ()
    dockerfile: str | None = None
    tag: str = "vault/v0.4.0"
    catalogue: tuple[str, ...] = ()
    settings: tuple[tuple[str, str], ...] = ()
    arguments: tuple[tuple[str, Any], ...] = ()


NOBODY = "{nobody}"

CASES = {
    "off main": Case(kind="not-on-main", exit_code=3, tag="krane/v0.2.1"),
    "no such tag": Case(kind="tag-not-found", exit_code=2, tag="vault/v9.0.0", words=("vault/v9.0.0", "--ref main")),
    "no such ref": Case(
        kind="tag-not-found", exit_code=2, arguments=(("ref", "nope"), ("dry_run", True)), words=("nope",)
    ),
    "no such commit": Case(
        kind="tag-not-found", exit_code=2, arguments=(("ref", "f" * 40), ("dry_run", True)), words=("ffffffff",)
    ),
    "git down": Case(
        kind="git-unavailable",
        exit_code=4,
        settings=(("git_url", f"http://{NOBODY}/x.git"),),
        words=(NOBODY,),
    ),
    "no such repository": Case(
        # A Dagger engine does not say why git failed.
        kind="not-authorized|git-unavailable",
        exit_code=4,
        settings=(("git_url", "{git}/none.git"),),
        words=("none.git",),
    ),
    "registry down": Case(
        kind="registry-unavailable", exit_code=4, settings=(("registry", f"{NOBODY}/x"),), words=(NOBODY, "refused")
    ),
    "failing RUN": Case(
        kind="build-failed",
        exit_code=5,
        dockerfile="FROM {base}\nRUN echo the reason >&2; exit 7\n",
        words=("linux/amd64", "exit code 7", "the reason", "echo the reason"),
    ),
    "missing Dockerfile": Case(
        kind="build-failed", exit_code=5, catalogue=('dockerfile = "no/Dockerfile"',), words=("no/Dockerfile",)
    ),
    "missing context": Case(kind="build-failed", exit_code=5, catalogue=('context = "none"',), words=("none",)),
    "missing target": Case(kind="build-failed", exit_code=5, catalogue=('target = "none"',), words=("none",)),
    "COPY of nothing": Case(
        kind="build-failed",
        exit_code=5,
        dockerfile="FROM scratch\nCOPY nothing-like-it /\n",
        words=("nothing-like-it",),
    ),
    "no base image": Case(kind="build-failed", exit_code=5, dockerfile="FROM {base}-none\n", words=("-none",)),
    "no Dockerfile language": Case(
        kind="build-failed", exit_code=5, dockerfile="FROM scratch\nNONSENSE x\n", words=("NONSENSE",)
    ),
}


async def run(site: Site, new_session: Session, base: str, case: Case) -> Outcome:
    """The case's call."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"127.0.0.1:{closed.getsockname()[1]}"
    if case.dockerfile:
        site.monorepo.commit({"Dockerfile": case.dockerfile.format(base=base)}, message="fix: break it")
    site.monorepo.tag("vault/v0.4.0")
    if case.catalogue:
        site = site.with_catalogue(*case.catalogue, service="vault")
    known = {"nobody": nobody, "git": f"http://{site.git.address}"}
    site = site.with_settings(**{name: value.format(**known) for name, value in case.settings})
    async with new_session():
        ended = await site.release(case.tag, **dict(case.arguments))
    for word in case.words:
        assert word.format(**known) in ended.error["message"] + ended.error["next"]
    return ended


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_what_cannot_work(site: Site, engine: str, new_session: Session, base_image: str, case: Case) -> None:
    ended = await run(site, new_session, base_image, case)
    assert ended.error["kind"] in case.kind.split("|"), ended.error
    assert ended.exit_code == case.exit_code
    assert "traceparent" not in str(ended.report)
    assert "xxh3" not in str(ended.report)
    assert len(ended.error["message"]) < 1500
    assert site.published() == {}


@pytest.mark.parametrize("foreign", ["other revision", "single platform", "not ours"])
async def test_an_image_tag_that_is_taken(
    site: Site, engine: str, new_session: Session, base_image: str, foreign: str
) -> None:
    site.monorepo.tag("vault/v0.4.0", "refs/heads/main~1" if foreign == "other revision" else "refs/heads/main")
    if foreign == "not ours":
        push_base_image(site.registry.address, site.image("vault"), "v0.4.0")
    else:
        async with new_session():
            assert (await site.release("vault/v0.4.0")).exit_code == 0
        site.github.store.repositories[site.repository].releases.clear()
    if foreign == "other revision":
        site.monorepo.move_tag("vault/v0.4.0")
    before = site.registry.digest(site.image("vault"), "v0.4.0")
    wanted = site.with_platforms("linux/amd64", "linux/arm64") if foreign == "single platform" else site
    async with new_session():
        ended = await wanted.release("vault/v0.4.0")
    assert (ended.exit_code, ended.error["kind"]) == (3, "image-taken"), ended.error
    assert site.registry.digest(site.image("vault"), "v0.4.0") == before
    assert site.releases() == []


async def test_a_release_and_the_same_again(site: Site, engine: str, new_session: Session) -> None:
    site.monorepo.tag("vault/v0.4.0")
    async with new_session():
        first = await site.release("vault/v0.4.0")
    async with new_session():
        again = await site.release("vault/v0.4.0")
    assert (first.report["outcome"], again.report["outcome"]) == ("released", "already-released")
    assert first.report["image"] == again.report["image"]
    assert first.report["release"] == again.report["release"]
