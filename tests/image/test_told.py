"""What a failed build is told: the Dockerfile's own error, or what the machine lacks and the remedy."""

from datetime import UTC, datetime

import pytest

from pipeline.catalogue import Catalogue
from pipeline.errors import BuildFailed
from pipeline.image.inputs import Build
from pipeline.image.told import MEND, explain_failure
from pipeline.tag import Tag

CATALOGUE = Catalogue.parse('repository = "a/b"\nregistry = "ghcr.io/a"\n[services.api]\n')
BUILD = Build(
    service=CATALOGUE.services["api"],
    tag=Tag.parse("api/v1.0.0"),
    repository_url="https://github.com/a/b",
    commit="0" * 40,
    committed=datetime.now(UTC),
)


@pytest.mark.parametrize(
    ("said", "told", "remedy"),
    [
        ("no FROM statement found", "no FROM statement found.", MEND),
        (
            "Dockerfile:2 uses a heredoc, which buildah 1.28.2 does not know; use buildah 1.33 or newer",
            "Dockerfile:2 uses a heredoc, which buildah 1.28.2 does not know.",
            "Use buildah 1.33 or newer.",
        ),
        (
            "Dockerfile runs programs of another platform, which this machine cannot start: install qemu-user-static",
            "Dockerfile runs programs of another platform, which this machine cannot start.",
            "Install qemu-user-static.",
        ),
    ],
)
def test_the_next_step_is_the_remedy(said: str, told: str, remedy: str) -> None:
    error = explain_failure(BUILD, "linux/amd64", said)
    assert isinstance(error, BuildFailed)
    assert (error.message, error.next) == (f"Dockerfile does not build for linux/amd64: {told}", remedy)


def test_what_another_failure_called_off_is_tried_again() -> None:
    said = "failed to clone built container state: failed to commit gjeb5 to immutable ykrt0: context canceled"
    assert explain_failure(BUILD, "linux/amd64", said).passing
