"""A service tag never reaches the command-line path, and a command-line tag never an image."""

import pytest

from pipeline.binaries.artifact import Binaries
from pipeline.binaries.npm import Npm
from pipeline.catalogue import Catalogue
from pipeline.errors import BadCatalogue, NotAnImage, NotBinaries
from pipeline.github.api import Github
from pipeline.image.artifact import Image
from pipeline.image.registry import Registry
from pipeline.parties import Parties
from pipeline.runtime.credentials import Credential
from pipeline.source import Source
from pipeline.tag import Tag
from tests.site import Site

CATALOGUE = """\
repository = "acme/mono"
registry = "ghcr.io/acme"
[services.vault]
[services.cli]
kind = "cli"
npm = "unkey"
"""

SERVICE, TOOL = Tag.parse("vault/v1.2.3"), Tag.parse("cli/v1.2.3")


def parties() -> Parties:
    nobody = Credential(None)
    return Parties(
        catalogue=Catalogue.parse(CATALOGUE),
        source=Source(url="http://127.0.0.1:1", main="main", credential=nobody),
        registry=Registry(prefix="127.0.0.1:1", username="", credential=nobody),
        github=Github(api="http://127.0.0.1:1", repository="acme/mono", credential=nobody),
        npm=Npm(url="http://127.0.0.1:1", credential=nobody),
        goreleaser_key=nobody,
    )


def test_the_kind_alone_decides() -> None:
    assert isinstance(parties().artifact(SERVICE), Image)
    assert isinstance(parties().artifact(TOOL), Binaries)


def test_neither_can_be_asked_for_the_other() -> None:
    with pytest.raises(NotBinaries, match=r"vault/v1\.2\.3 is of kind image") as refused:
        parties().binaries(SERVICE)
    assert refused.value.next.endswith(": build --tag vault/v1.2.3")
    with pytest.raises(NotAnImage, match=r"cli/v1\.2\.3 is of kind cli") as refused_image:
        parties().image(TOOL)
    assert refused_image.value.next.endswith(": binaries --tag cli/v1.2.3")


@pytest.mark.parametrize(
    "lines",
    [
        '[services.api]\nnpm = "api"\n',
        '[services.api]\ngoreleaser_image = "x:1"\n',
        '[services.two]\nkind = "cli"\nnpm = "unkey"\n',
        '[services.two]\nkind = "cli"\nnpm = "two"\ndockerfile = "Dockerfile.two"\n',
        '[services.two]\nkind = "cli"\n',
    ],
)
def test_no_service_can_be_both(lines: str) -> None:
    with pytest.raises(BadCatalogue):
        Catalogue.parse(CATALOGUE + lines)


@pytest.mark.anyio
async def test_the_verbs_refuse_the_other_kind(cli: Site, session: list[str]) -> None:
    for tag in (SERVICE, TOOL):
        cli.monorepo.tag(tag.name)
    with pytest.raises(NotBinaries):
        await cli.pipeline().binaries(SERVICE.name)
    with pytest.raises(NotAnImage):
        await cli.pipeline().build(TOOL.name)


@pytest.mark.anyio
async def test_a_service_release_touches_no_npm_package(cli: Site, session: list[str], package: str) -> None:
    cli.monorepo.tag(SERVICE.name)
    outcome = await cli.with_settings(npm_registry="http://127.0.0.1:1").release(SERVICE.name)
    assert outcome.exit_code == 0
    assert "packages" not in outcome.report
    assert "archives" not in outcome.report
    assert outcome.report["image"]["digest"]
    assert cli.published() == {"vault": ["v1.2.3"], "releases": ["vault/v1.2.3"]}
