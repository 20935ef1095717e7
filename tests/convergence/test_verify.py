"""The release record: what it says, that it is the same whoever writes it, and that `verify` finds what differs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.demo.github.store import Asset
from pipeline.errors import Answered, PipelineError
from pipeline.github.releases import RECORD
from pipeline.record import ImageRecord, NotesRecord, Record
from tests.site import Json, Site, local_session

pytestmark = pytest.mark.anyio


@pytest.fixture
def released(site: Site) -> Site:
    """A place with two platforms and a tag."""
    site.monorepo.tag("vault/v0.9.0")
    return site.with_platforms("linux/amd64", "linux/arm64")


async def _release(site: Site, cache: Path) -> Asset:
    async with local_session(cache):
        ran = await site.release("vault/v0.9.0")
    assert ran.exit_code == 0, ran.report
    return _record(site)


async def _verify(site: Site, cache: Path) -> Json:
    async with local_session(cache):
        try:
            answer = await site.pipeline().verify("vault/v0.9.0", as_json=True)
        except Answered as answered:
            answer = str(answered)
    found: Json = json.loads(answer)
    return found


def _record(site: Site) -> Asset:
    (release,) = site.releases()
    (asset,) = [asset for asset in release.assets.values() if asset.name == RECORD]
    return asset


def _different(verified: Json) -> set[str]:
    return {line["name"] for line in verified["lines"] if line["recorded"] != line["found"]}


async def test_the_record_says_what_is_there(released: Site, session_cache: Path) -> None:
    record = json.loads((await _release(released, session_cache)).content)

    assert record["commit"] == released.monorepo.head
    image = record["image"]
    assert image["digest"] == released.registry.digest(released.image("vault"), "v0.9.0")
    assert image["platforms"] == released.registry.platforms(released.image("vault"), "v0.9.0")
    assert record["notes"]["since"] == "vault/v0.3.0"
    assert record["notes"]["base"] == released.monorepo.commit_of("refs/tags/vault/v0.3.0")


async def test_the_same_release_has_the_same_record(released: Site, session_cache: Path) -> None:
    first = (await _release(released, session_cache)).content
    released.github.store.repositories[released.repository].releases.clear()

    assert (await _release(released, session_cache)).content == first


async def test_base_images_are_recorded(released: Site, base_image: str, session_cache: Path) -> None:
    commit = released.monorepo.commit({"Dockerfile": f"FROM {base_image}\nCOPY README.md /\n"}, message="feat: a base")
    released.monorepo.move_tag("vault/v0.9.0", commit)

    record = json.loads((await _release(released, session_cache)).content)

    name, _, tag = base_image.partition("/")[2].partition(":")
    assert record["image"]["bases"] == {base_image: released.registry.digest(name, tag)}


async def test_all_agrees_after_a_release(released: Site, session_cache: Path) -> None:
    await _release(released, session_cache)
    released.monorepo.tag("vault/v0.8.0", "refs/tags/vault/v0.3.0")  # a lower version, tagged later

    verified = await _verify(released, session_cache)

    assert _different(verified) == set()
    assert "error" not in verified


ALTERED: dict[str, Callable[[Json], None]] = {
    "commit": lambda record: record.update(commit="0" * 40),
    "image.digest": lambda record: record["image"].update(digest=f"sha256:{'0' * 64}"),
    "image.platforms.linux/arm64": lambda record: record["image"]["platforms"].update(
        {"linux/arm64": f"sha256:{'1' * 64}"}
    ),
    "image.bases.busybox": lambda record: record["image"]["bases"].update(busybox=f"sha256:{'2' * 64}"),
    "catalogue": lambda record: record.update(catalogue=f"sha256:{'3' * 64}"),
    "notes.base": lambda record: record["notes"].update(base="4" * 40),
    "tag": lambda record: record.update(tag="vault/v0.9.1"),
}


async def test_every_difference_is_named(released: Site, session_cache: Path) -> None:
    asset = await _release(released, session_cache)
    record = json.loads(asset.content)
    for alter in ALTERED.values():
        alter(record)
    asset.content = json.dumps(record).encode()

    verified = await _verify(released, session_cache)

    assert _different(verified) == set(ALTERED)
    assert verified["error"]["kind"] == "record-mismatch"
    assert all(name in verified["error"]["message"] for name in ALTERED)


async def test_a_release_without_a_record_is_no_release_to_verify(released: Site, session_cache: Path) -> None:
    asset = await _release(released, session_cache)
    asset.content = b"not a record"
    with pytest.raises(PipelineError, match="not a release record") as altered:
        await _verify(released, session_cache)
    (release,) = released.releases()
    release.assets.clear()
    with pytest.raises(PipelineError, match="no GitHub release") as gone:
        await _verify(released, session_cache)

    assert {altered.value.exit_code, gone.value.exit_code} == {3}


async def test_a_release_without_a_record_gets_one(released: Site, session_cache: Path) -> None:
    content = (await _release(released, session_cache)).content
    (release,) = released.releases()
    release.assets.clear()

    assert (await _release(released, session_cache)).content == content


def test_the_record_has_one_form() -> None:
    image = ImageRecord(reference="r:v1", digest="d", platforms={"b": "2", "a": "1"}, bases={})
    notes = NotesRecord(since=None, base=None, until="x/v1.0.0")
    record = Record(tag="x/v1.0.0", commit="c", image=image, catalogue="k", notes=notes, pipeline="1")
    other = replace_platforms(record, {"a": "1", "b": "2"})

    assert record.encode() == other.encode()
    assert Record.decode(record.encode(), tag="x/v1.0.0") == record


def replace_platforms(record: Record, platforms: dict[str, str | None]) -> Record:
    import msgspec

    assert record.image
    return msgspec.structs.replace(record, image=msgspec.structs.replace(record.image, platforms=platforms))
