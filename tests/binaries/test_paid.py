"""GoReleaser Pro: its image gets the licence key, and nobody else does."""

import json
from dataclasses import replace

import pytest
from dagger import dag

from tests.binaries.conftest import CATALOGUE, CONFIG
from tests.site import Outcome, Site

pytestmark = pytest.mark.anyio

KEY = "a-licence-key-0123456789"
FILES = {"unkey.tar.gz": "Archive", "unkey": "Binary"}
LIST = [
    {
        "name": name,
        "path": f"dist/{name}",
        "type": kind,
        "internal_type": 4 if kind == "Binary" else 1,
        "goos": "linux",
        "goarch": "amd64",
    }
    for name, kind in FILES.items()
]
STAND_IN = f"""#!/bin/sh
[ "$GORELEASER_KEY" = {KEY} ] || {{ echo "no licence: $GORELEASER_KEY" >&2; exit 9; }}
echo "licensed to $GORELEASER_KEY" >&2
mkdir dist && cd dist && touch {" ".join(FILES)} && echo '{json.dumps(LIST)}' > artifacts.json
"""


async def with_image(site: Site, base_image: str, name: str) -> Site:
    """The site, with a stand-in for GoReleaser Pro that asks for the key, and a configuration for it."""
    write = ["sh", "-c", 'echo "$0" > /bin/goreleaser && chmod +x /bin/goreleaser', STAND_IN]
    image = await dag.container().from_(base_image).with_exec(write).publish(f"{site.prefix}/{name}:v2")
    site.monorepo.commit({".goreleaser.yaml": f"{CONFIG}nightly: {{}}\n"}, message="chore: pay")
    site.monorepo.tag("cli/v1.2.3")
    catalogue = CATALOGUE.format(repository=site.repository, prefix=site.prefix, image=image, package="unkey")
    return replace(site, catalogue=catalogue)


async def rehearsed(site: Site, key: str) -> Outcome:
    return await site.with_tokens(**site.tokens, goreleaser_key=key).release("cli/v1.2.3", dry_run=True)


async def test_the_paid_image_gets_the_key(site: Site, session: list[str], base_image: str) -> None:
    outcome = await rehearsed(await with_image(site, base_image, "goreleaser-pro"), KEY)
    assert outcome.exit_code == 0, outcome.report
    assert outcome.stages["build"] == "done"
    assert any("licensed to ***" in line for line in session)
    assert KEY not in "".join([*session, json.dumps(outcome.report)])


async def test_a_wrong_key_is_not_told(site: Site, session: list[str], base_image: str) -> None:
    outcome = await rehearsed(await with_image(site, base_image, "goreleaser-pro"), "expired-0123456789")
    assert outcome.exit_code == 5
    assert "no licence: ***" in outcome.error["message"]
    assert "expired-0123456789" not in "".join([*session, json.dumps(outcome.report)])


async def test_another_image_gets_no_key(site: Site, session: list[str], base_image: str) -> None:
    outcome = await rehearsed(await with_image(site, base_image, "goreleaser"), KEY)
    assert outcome.exit_code == 5
    assert "keys that only GoReleaser Pro knows: nightly" in outcome.error["message"]
