"""Changing a Dockerfile without changing what it says."""

import pytest

from pipeline.local.dockerfile import ImageUse, command, for_build, images, renamed, stage_names
from pipeline.local.failure import Failure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\n", "FROM <a linux/arm64>\n"),
        ("FROM --platform=linux/amd64 a AS b\nFROM b\n", "FROM --platform=linux/amd64 <a linux/amd64> AS b\nFROM b\n"),
        ("ARG A=a\nFROM \\\n  ${A}:1\n", "ARG A=a\nFROM \\\n  <a:1 linux/arm64>\n"),
        ("FROM scratch\nCOPY --from=scratch / /\n", "FROM scratch\nCOPY --from=scratch / /\n"),
        ("FROM 0\nCOPY --from=3 / /\n", "FROM <0 linux/arm64>\nCOPY --from=3 / /\n"),
        (
            "FROM scratch AS b\nFROM scratch\nCOPY --chown=1 --from='c' / /\nCOPY --from=B / /\nCOPY --from=0 / /\n",
            "FROM scratch AS b\nFROM scratch\nCOPY --chown=1 --from=<c linux/arm64> / /\nCOPY --from=B / /\nCOPY --from=0 / /\n",
        ),
        (
            "FROM scratch\nRUN --mount=type=bind,from=c,target=/c --mount=from=d true\n",
            "FROM scratch\nRUN --mount=type=bind,from=<c linux/arm64>,target=/c --mount=from=<d linux/arm64> true\n",
        ),
        (
            "# escape=`\nFROM scratch\nRUN <<EOF\nCOPY --from=b / /\nEOF\nCOPY --from=c `\n / /\n",
            "# escape=`\nFROM scratch\nRUN <<EOF\nCOPY --from=b / /\nEOF\nCOPY --from=<c linux/arm64> `\n / /\n",
        ),
        ("FROM scratch\nCOPY --from=$B / /\n", "FROM scratch\nCOPY --from=<$B linux/arm64> / /\n"),
    ],
)
def test_the_images_of_registries(text: str, expected: str) -> None:
    def name(use: ImageUse) -> str:
        return f"<{use.image} {use.platform}>"

    uses = list(images(for_build(text, {}, "linux/arm64"), "", "linux/arm64"))
    assert renamed(text, {use.where: name(use) for use in uses}) == expected


def test_stages_are_named_as_they_were_called() -> None:
    head = "ARG N=build\nFROM a AS Build\nFROM a\n"
    text = f"{head}FROM $N\nFROM a\nCOPY --from=BUILD / /\nCOPY --from=1 / /\nRUN --mount=from='build' true\n"
    expected = f"{head}FROM Build\nFROM a\nCOPY --from=Build / /\nCOPY --from=1 / /\nRUN --mount=from=Build true\n"
    assert renamed(text, stage_names(for_build(text, {}, "linux/arm64"))) == expected


def test_a_platform_that_is_none() -> None:
    with pytest.raises(Failure, match="'arm64' is not a platform"):
        list(images(for_build("FROM --platform=$TARGETARCH a\n", {}, "linux/arm64"), "", "linux/arm64"))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("RUN make all", ["/bin/sh", "-c", "make all"]),
        ("RUN --mount=type=secret,id=a --network=none make", ["/bin/sh", "-c", "make"]),
        ('RUN ["make", "all"]', ["make", "all"]),
        ("RUN [ -f /a ]", ["/bin/sh", "-c", "[ -f /a ]"]),
    ],
)
def test_what_a_step_runs(step: str, expected: list[str]) -> None:
    assert command(step) == expected
