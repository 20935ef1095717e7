"""GoReleaser Pro: its image gets the licence key, and nobody else does."""

import json
from dataclasses import replace

import pytest

from tests.binaries import stand_in
from tests.binaries.tool_site import CATALOGUE, CONFIG
from tests.conftest import need
from tests.site import Outcome, Site

pytestmark = pytest.mark.anyio

KEY, EXPIRED = "a-licence-key-0123456789", "expired-0123456789"
ASKS_FOR_KEY = f"""
[ "$GORELEASER_KEY" = {KEY} ] || {{ echo "no licence: $GORELEASER_KEY" >&2; exit 9; }}
echo "licensed to $GORELEASER_KEY" >&2
"""


async def rehearsed(site: Site, image: str, key: str) -> Outcome:
    """A rehearsal with a configuration that only the paid edition knows, and a stand-in for it."""
    need("skopeo", "busybox")
    pushed = stand_in.push(site.registry.address, f"{site.namespace}/{image}", first=ASKS_FOR_KEY)
    site.monorepo.commit({".goreleaser.yaml": f"{CONFIG}nightly: {{}}\n"}, message="chore: pay")
    site.monorepo.tag("cli/v1.2.3")
    catalogue = CATALOGUE.format(repository=site.repository, prefix=site.prefix, image=pushed, package="unkey")
    paying = replace(site, catalogue=catalogue).with_tokens(**site.tokens, goreleaser_key=key)
    return await paying.release("cli/v1.2.3", dry_run=True)


async def test_the_paid_image_gets_the_key(site: Site, session: list[str]) -> None:
    outcome = await rehearsed(site, "goreleaser-pro", KEY)
    assert outcome.exit_code == 0, outcome.report
    assert outcome.stages["build"] == "done"
    assert any("licensed to ***" in line for line in session)
    assert KEY not in "".join([*session, json.dumps(outcome.report)])


async def test_a_wrong_key_is_not_told(site: Site, session: list[str]) -> None:
    outcome = await rehearsed(site, "goreleaser-pro", EXPIRED)
    assert outcome.exit_code == 5
    assert "no licence: ***" in outcome.error["message"]
    assert EXPIRED not in "".join([*session, json.dumps(outcome.report)])


async def test_another_image_gets_no_key(site: Site, session: list[str]) -> None:
    outcome = await rehearsed(site, "goreleaser", KEY)
    assert outcome.exit_code == 5
    assert "keys that only GoReleaser Pro knows: nightly" in outcome.error["message"]
