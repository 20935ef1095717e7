"""Reading remotes that change: a recipe is answered from memory, a fresh one is not."""

from dataclasses import replace

import dagger
import pytest
from dagger import dag

from pipeline.errors import NotOnMain, TagMoved
from pipeline.image.registry import Registry, digest_of
from pipeline.runtime.credentials import Credential
from pipeline.source import Source, released_tags, resolve, verify_ancestry, verify_unmoved
from pipeline.tag import Tag
from tests.conformance.conftest import Session
from tests.site import Site

pytestmark = pytest.mark.anyio

TAG = Tag.parse("vault/v0.4.0")


@pytest.fixture
def source(site: Site) -> Source:
    site.monorepo.tag(TAG.name)
    return Source(url=site.settings["git_url"], main="main", credential=Credential(None))


async def test_a_moved_tag_is_seen_by_a_fresh_recipe_only(site: Site, source: Source, new_session: Session) -> None:
    async with new_session():
        pinned = await resolve(source, TAG)
        await verify_unmoved(source, pinned, TAG)
        site.monorepo.move_tag(TAG.name, "refs/heads/main~1")
        assert (await resolve(source, TAG)).commit == pinned.commit
        with pytest.raises(TagMoved, match=site.monorepo.commit_of(TAG.ref)[:12]):
            await verify_unmoved(source, pinned, TAG)
        site.monorepo.delete_tag(TAG.name)
        with pytest.raises(TagMoved, match="deleted"):
            await verify_unmoved(source, pinned, TAG)


async def test_a_rewritten_main_is_seen_by_a_fresh_recipe_only(
    site: Site, source: Source, new_session: Session
) -> None:
    async with new_session():
        pinned = await resolve(source, TAG)
        await verify_ancestry(source, pinned, TAG)
        site.monorepo.rewrite_main()
        await verify_ancestry(source, pinned, TAG)
        now = await verify_unmoved(source, pinned, TAG)
        with pytest.raises(NotOnMain):
            await verify_ancestry(source, now, TAG)


async def test_a_moved_image_is_seen_by_a_fresh_recipe_only(site: Site, base_image: str, new_session: Session) -> None:
    registry = Registry(prefix=site.prefix, username="x", credential=Credential(None))
    reference = registry.reference(TAG)
    async with new_session():
        assert await digest_of(registry, reference, "linux/amd64") is None
        for revision in ("one", "two"):
            image = dag.container().from_(base_image).with_label("revision", revision)
            await image.publish(f"{site.prefix}/vault:{revision}")
        site.registry.retag(site.image("vault"), "one", TAG.image_tag)
        first = await digest_of(registry, reference, "linux/amd64")
        same = dag.container().from_(reference)
        remembered = (await same.image_ref(), await same.label("revision"))
        site.registry.retag(site.image("vault"), "two", TAG.image_tag)
        assert first == site.registry.digest(site.image("vault"), "one")
        assert (await same.image_ref(), await same.label("revision")) == remembered
        assert await digest_of(registry, reference, "linux/amd64") == site.registry.digest(site.image("vault"), "two")


async def test_tags_of_a_service(site: Site, source: Source, new_session: Session) -> None:
    site.monorepo.tag("vault/latest")
    async with new_session():
        tags = [tag.name for tag in await released_tags(source, "vault")]
    assert tags == ["vault/v0.0.0-test1", "vault/v0.1.0", "vault/v0.2.0", "vault/v0.3.0", "vault/v0.4.0"]


async def test_checkout_is_the_tagged_tree_alone(site: Site, source: Source, new_session: Session) -> None:
    site.monorepo.commit({"later.md": "x"}, message="docs: later")
    async with new_session():
        directory = await site.pipeline().checkout(TAG.name)
        entries = await directory.entries()
        text = await directory.file("svc/vault/README.md").contents()
    assert {"Dockerfile", "svc/"} <= set(entries)
    assert not {".git", ".git/", "later.md"} & set(entries)
    assert text == "# vault\n"


async def test_verbs_give_the_same_on_every_engine(site: Site, source: Source, new_session: Session) -> None:
    async with new_session():
        assert await site.pipeline().verify_ancestry(TAG.name) == site.monorepo.commit_of(TAG.ref)
        containers = await site.with_platforms("linux/amd64", "linux/arm64").pipeline().build(TAG.name)
        assert [await container.platform() for container in containers] == ["linux/amd64", "linux/arm64"]
        assert all(isinstance(container, dagger.Container) for container in containers)


async def test_a_private_remote_opens_to_its_token(
    site: Site, source: Source, new_session: Session, git_server_with_login: object
) -> None:
    from pipeline.demo.git_server import GitServer
    from pipeline.errors import NotAuthorized
    from tests.conftest import LOGIN

    assert isinstance(git_server_with_login, GitServer)
    url = git_server_with_login.url_of(site.monorepo.git_dir)
    async with new_session():
        secret = dag.set_secret("token", LOGIN[1])
        opened = replace(source, url=url, credential=Credential(secret))
        assert (await resolve(opened, TAG)).commit == site.monorepo.commit_of(TAG.ref)
    async with new_session():
        with pytest.raises(NotAuthorized):
            await resolve(replace(source, url=url), TAG)
    async with new_session():
        wrong = dag.set_secret("wrong", "wrong")
        with pytest.raises(NotAuthorized):
            await resolve(replace(source, url=url, credential=Credential(wrong)), TAG)
