"""Where a build keeps its layers."""

from datetime import UTC, datetime

import pytest

from pipeline.catalogue import Catalogue
from pipeline.dockerfile.stages import Dockerfile
from pipeline.image.inputs import Build
from pipeline.local.layers import OF_ONE_RELEASE, are_of_use
from pipeline.tag import Tag

CATALOGUE = 'repository = "unkeyed/unkey"\nregistry = "ghcr.io/unkeyed"\n[services.vault]\n'

ONE_LAYER = 'FROM busybox\nCOPY --from=build /a /a\nENTRYPOINT ["/a"]\n'


@pytest.mark.parametrize(
    ("before", "of_use"),
    [
        ("FROM golang AS build\nARG VERSION\nRUN make", False),
        ("FROM golang AS build\nARG TARGETARCH REVISION=none\nCOPY . .\nRUN make", False),
        ("FROM golang AS build\nCOPY . .", False),
        ("FROM golang AS build\nCOPY go.mod .\nRUN go mod download\nARG VERSION\nRUN make", True),
        ("FROM golang AS build\nARG SERVICE\nRUN make", True),
        ("ARG VERSION\nFROM golang AS build\nRUN make", True),
        ("FROM golang AS build\nARG VERSION\nRUN make\nFROM node AS other\nrun npm ci", True),
    ],
)
def test_a_stage_that_only_helps(before: str, of_use: bool) -> None:
    assert are_of_use(Dockerfile.parse(f"{before}\n{ONE_LAYER}", {}), "") is of_use


@pytest.mark.parametrize(
    ("text", "target", "of_use"),
    [
        (ONE_LAYER, "", False),
        ("FROM busybox\nENV A=b\n", "", True),
        ("FROM busybox\nCOPY a /a\nRUN /a\n", "", True),
        ("FROM busybox\nWORKDIR /a\nCOPY a .\n", "", False),
        ("FROM busybox AS common\nCOPY a /a\nFROM common\nCOPY b /b\n", "", True),
        ("FROM busybox AS common\nCOPY a /a\nFROM common\nUSER nobody\n", "", False),
        ("FROM busybox AS one\nCOPY a /a\nFROM busybox\nCOPY a /a\nCOPY b /b\n", "one", False),
    ],
)
def test_the_layers_of_the_image_itself(text: str, target: str, of_use: bool) -> None:
    assert are_of_use(Dockerfile.parse(text, {}), target) is of_use


def test_the_arguments_of_one_release_are_those_that_a_release_gives() -> None:
    def arguments(version: str, commit: str, seconds: int) -> dict[str, str]:
        tag = Tag.parse(f"vault/v{version}")
        service = Catalogue.parse(CATALOGUE).service_of(tag)
        committed = datetime.fromtimestamp(seconds, UTC)
        return Build(service=service, tag=tag, repository_url="", commit=commit, committed=committed).arguments()

    one, other = arguments("1.0.0", "a" * 40, 1_700_000_000), arguments("1.0.1", "b" * 40, 1_700_000_060)
    assert {name for name in one if one[name] != other[name]} == OF_ONE_RELEASE
