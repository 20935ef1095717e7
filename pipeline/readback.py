"""Comparing what is read back after publishing with what was meant."""

from collections.abc import Mapping
from functools import partial

from pipeline.artifact import Published
from pipeline.catalogue import Service
from pipeline.errors import FORWARD_FIX, Mismatch, ReleaseTaken
from pipeline.github import releases
from pipeline.github.api import Github
from pipeline.record import Record, service_digest
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


async def check_rebuildable(github: Github, tag: Tag, name: str, service: Service) -> None:
    """Raise `ReleaseTaken` where the artifact of a published release is gone, and the service is built otherwise by now.

    It would be another artifact, under a release that names the one that is gone.
    """
    written = await record(github, tag)
    if written and written.catalogue != service_digest(service):
        raise ReleaseTaken(
            f"{name} of the published release {tag} is gone, and the catalogue builds {service.name} otherwise by now.",
            next=f"Restore it where it was, or release with the catalogue of {written.commit[:12]}. {FORWARD_FIX}",
        )


def check_record(tag: Tag, name: str, written: Record | None, meant: Published) -> None:
    """Raise `Mismatch` unless the release's record, which whoever was first wrote, names the artifact that is there."""
    image = written.image if written else None
    if image and image.digest != meant.summary:
        raise Mismatch(
            f"The record of {tag} names the image {image.digest}, but {name} is {meant.summary}.",
            next="It was pushed outside of this tag's releases, or built anew after the recorded image had gone. "
            f"Deploy by the record's digest, if that is still there. {FORWARD_FIX}",
        )


async def record(github: Github, tag: Tag) -> Record | None:
    """The record of a published release, if it has one."""
    content = await github.call(partial(releases.content, tag=tag, name=releases.RECORD))
    return Record.decode(content, tag=tag.name) if content else None
