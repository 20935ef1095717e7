"""What a published image is made of: the image of each platform, and the images it was built on."""

import json
from collections.abc import Sequence
from functools import partial

from pipeline.errors import NotAuthorized, RegistryUnavailable
from pipeline.image import bases, registry
from pipeline.image.published import PublishedImage
from pipeline.image.registry import Registry
from pipeline.record import ImageRecord
from pipeline.runtime.concurrency import both


async def record(where: Registry, image: PublishedImage, platforms: Sequence[str]) -> ImageRecord:
    """The image's part of the release record, all of it read from the registry.

    No field of the Dagger API tells the digests in an index, so the index is read from the registry's own API, and
    proved by its digest. They are not told where that cannot be done although all is well: without a token, when it
    is the engine's own login that opens the registry; and on a loopback address, which is another machine's for a
    pipeline that runs in a container.
    """
    name = image.reference.rpartition(":")[0]
    based_on, digests = await both(
        partial(registry.label, where, f"{name}@{image.digest}", platforms[0], bases.LABEL),
        partial(_platforms, where, name, image.digest, platforms),
    )
    return ImageRecord(
        reference=image.reference, digest=image.digest, platforms=digests, bases=bases.from_label(based_on)
    )


async def _platforms(where: Registry, name: str, digest: str, platforms: Sequence[str]) -> dict[str, str | None]:
    # It speaks HTTP by itself, which is needed only after the build: a release starts sooner.
    from pipeline.image import distribution

    secret = where.credential.secret
    login = await distribution.Login.of(where)
    try:
        index = json.loads(await distribution.manifest(name, digest, login))
    except NotAuthorized:
        if secret:
            raise
        return dict.fromkeys(platforms)
    except RegistryUnavailable:
        if not distribution.is_loopback(name.partition("/")[0]):
            raise
        return dict.fromkeys(platforms)
    if "manifests" not in index:
        return dict.fromkeys(platforms, digest)
    listed = {_platform(entry): entry["digest"] for entry in index["manifests"]}
    return {platform: listed.get(platform) or listed.get(f"{platform}/v8") for platform in platforms}


def _platform(entry: dict[str, dict[str, str]]) -> str:
    described = entry.get("platform", {})
    return "/".join(described[key] for key in ("os", "architecture", "variant") if described.get(key))
