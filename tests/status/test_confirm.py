"""Confirming a release, now or as soon as it is there."""

import json
from pathlib import Path

import anyio
import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider

from pipeline import journal
from pipeline.errors import Answered, NotAuthorized, TagNotFound
from pipeline.status import confirm
from tests.site import Json, Site, local_session
from tests.world import copy_image, repository

pytestmark = pytest.mark.anyio


async def _confirm(site: Site, tag: str, *, watch: bool = False, within: int = 20) -> tuple[int, Json]:
    try:
        answer = await site.pipeline().confirm(tag, watch=watch, within=within, as_json=True)
    except Answered as failure:
        return failure.error.exit_code, json.loads(str(failure))
    return 0, json.loads(answer)


def _publish(site: Site, tag: str, target: str, *, prerelease: bool = False) -> None:
    repository(site).create_git_release(
        tag, name=tag, message="notes", prerelease=prerelease, target_commitish=target, make_latest="false"
    )


async def test_a_released_tag_is_confirmed(world: Site, session_cache: Path) -> None:
    async with local_session(session_cache):
        code, answer = await _confirm(world, "vault/v0.5.0")
    assert (code, answer["confirmed"]) == (0, True)
    assert answer["release"]["image"]["digest"] == world.registry.digest(world.image("vault"), "v0.5.0")


async def test_what_is_missing_is_named(world: Site, session_cache: Path) -> None:
    async with local_session(session_cache):
        code, answer = await _confirm(world, "krane/v0.2.0")
    assert (code, answer["confirmed"], answer["error"]["kind"]) == (3, False, "not-released")
    assert "krane:v0.2.0 is missing; the GitHub release is missing" in answer["error"]["message"]


async def test_a_tag_that_is_not_there(world: Site, session_cache: Path) -> None:
    async with local_session(session_cache):
        with pytest.raises(TagNotFound):
            await _confirm(world, "vault/v9.9.9")


async def test_a_release_of_another_commit_does_not_count(site: Site, session_cache: Path) -> None:
    commit = site.monorepo.tag("cli/v1.0.0")
    _publish(site, "cli/v1.0.0", site.monorepo.commit_of("refs/heads/main^"))
    async with local_session(session_cache):
        code, answer = await _confirm(site, "cli/v1.0.0", watch=True)
    assert code == 3
    assert f"but the tag points at {commit[:12]}" in answer["error"]["message"]


async def test_a_wrong_mark_does_not_count(site: Site, session_cache: Path) -> None:
    commit = site.monorepo.tag("cli/v1.0.0-rc.1")
    _publish(site, "cli/v1.0.0-rc.1", commit)
    async with local_session(session_cache):
        code, answer = await _confirm(site, "cli/v1.0.0-rc.1")
    assert code == 3
    assert "not marked as a pre-release" in answer["error"]["message"]


async def test_a_missing_answer_is_not_a_missing_release(world: Site, session_cache: Path) -> None:
    async with local_session(session_cache):
        code, answer = await _confirm(world.with_settings(registry="127.0.0.1:9/gone"), "vault/v0.5.0")
    assert (code, answer["error"]["kind"]) == (4, "unavailable")


async def test_a_wrong_token_ends_the_watching_at_once(world: Site, session_cache: Path) -> None:
    async with local_session(session_cache):
        with anyio.fail_after(15):
            code, answer = await _confirm(
                world.with_tokens(github_token="ghp_wrong"), "vault/v0.5.0", watch=True, within=600
            )
    assert (code, answer["error"]["kind"]) == (NotAuthorized.exit_code, "not-authorized")


async def test_watching_sees_tag_image_and_release_arrive(
    world: Site, session_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirm, "FIRST_PAUSE", 0.1)
    waits, provider = _Waits(), TracerProvider()
    provider.add_span_processor(waits)
    monkeypatch.setattr(journal, "_tracer", provider.get_tracer("pipeline"))
    tag = "vault/v0.4.1"
    results: list[tuple[int, Json]] = []

    async def watch() -> None:
        results.append(await _confirm(world, tag, watch=True, within=60))

    async with local_session(session_cache), anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        with anyio.fail_after(30):
            await waits.begun.wait()
        commit = world.monorepo.tag(tag, "refs/tags/vault/v0.4.0")
        copy_image(world, "vault", "v0.4.0", "v0.4.1")
        await anyio.to_thread.run_sync(_publish, world, tag, commit)
    ((code, answer),) = results
    assert (code, answer["confirmed"], answer["release"]["commit"]) == (0, True, commit)


class _Waits(SpanProcessor):
    """Knows when the watcher has looked, found something missing, and begun to wait."""

    def __init__(self) -> None:
        self.begun = anyio.Event()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        del parent_context
        if journal.SPAN_WAIT in (span.attributes or {}):
            self.begun.set()
