"""Comparing what is read back after publishing with what was meant."""

from collections.abc import Mapping
from functools import partial

from pipeline.artifact import Published
from pipeline.errors import FORWARD_FIX, Mismatch
from pipeline.github import releases
from pipeline.github.api import Github
from pipeline.record import Record
from pipeline.tag import Tag


def check_artifact(name: str, there: Published | None, meant: Published) -> None:
    """Raise `Mismatch` unless the artifact is the one that was published."""
    if there != meant:
        raise Mismatch(
            f"{name} is {there.summary if there else 'gone'}, not {meant.summary}.",
            next=f"Somebody else publishes to it: find out who. {FORWARD_FIX}",
        )


def check_files(tag: Tag, release: releases.Release, files: Mapping[str, str]) -> None:
    """Raise `Mismatch` when a file of the GitHub release is another than this build's; ``files`` are digests by name."""
    there = dict(release.files)
    for name, digest in files.items():
        if name in there and there[name] != digest:
            raise Mismatch(
                f"{name} of the GitHub release {tag} is {there[name]}, and this build's is {digest}.",
                next=f"It is left as it is: {release.url}. {FORWARD_FIX}",
            )


async def check_record(github: Github, tag: Tag, name: str, meant: Published) -> None:
    """Raise `Mismatch` unless the release's record, which whoever was first wrote, names the artifact that is there."""
    content = await github.call(partial(releases.content, tag=tag, name=releases.RECORD))
    image = Record.decode(content, tag=tag.name).image if content else None
    if image and image.digest != meant.summary:
        raise Mismatch(
            f"The record of {tag} names the image {image.digest}, but {name} is {meant.summary}.",
            next=f"Something pushed to it outside of this tag's releases. Deploy by the record's digest. {FORWARD_FIX}",
        )
