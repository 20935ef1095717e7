"""Runs of several tags in one call: each has what the catalogue says, though that is read once."""

from dataclasses import dataclass
from functools import partial

import dagger
import pytest

from pipeline.catalogue import Catalogue
from pipeline.github.api import PUBLIC_API
from pipeline.parties import Parties
from pipeline.release import Stopped
from pipeline.runs.prepared import run
from pipeline.runtime import limits
from pipeline.runtime.concurrency import together
from pipeline.runtime.once import Once

pytestmark = pytest.mark.anyio

TEXT = """\
repository = "acme/acme"
registry = "ghcr.io/acme"
platforms = ["linux/amd64"]
[limits]
attempts = 9
[services.vault]
dockerfile = "Dockerfile"
"""


@dataclass
class Nothing:
    """The constructor's arguments where none is given."""

    github_token: dagger.Secret | None = None
    registry_token: dagger.Secret | None = None
    registry_username: str = ""
    github_api: str = PUBLIC_API
    git_url: str = ""
    registry: str = ""
    npm_token: dagger.Secret | None = None
    npm_registry: str = ""
    goreleaser_key: dagger.Secret | None = None
    infra_token: dagger.Secret | None = None


async def test_every_run_of_a_call_keeps_the_limits_of_the_catalogue() -> None:
    async def parties() -> Parties:
        return await Parties.of(Catalogue.parse(TEXT), Nothing())

    async def attempts(name: str, asked: Once[Parties]) -> int:
        with pytest.raises(Stopped):
            await run(name, parties=asked, dry_run=True, ref="", alone=False)
        return limits.current().attempts

    asked = Once(parties)
    assert await together([partial(attempts, f"none/v1.{n}.0", asked) for n in range(3)]) == [9, 9, 9]
