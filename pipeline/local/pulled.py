"""An image of a registry, of which only as much is read as is asked for."""

from functools import partial

from pipeline.local import oci, platforms
from pipeline.local.failure import Failure
from pipeline.local.reference import Reference, parse
from pipeline.local.registry import Manifest, Registry
from pipeline.local.workspace import Workspace
from pipeline.runtime.once import Once


class Pulled:
    """What ``from`` names: the tag is resolved once, and everything after reads by digest."""

    def __init__(
        self, registry: Registry, workspace: Workspace, reference: Reference, platform: str, top: Once[Manifest]
    ) -> None:
        self.platform = platform
        self.image = Once(self._pull)
        self.config = Once(self._read_config)
        self._registry = registry
        self._workspace = workspace
        self._reference = reference
        self._top = top

    async def image_ref(self) -> str:
        """The reference with the digest of what the tag names, which is the index where there is one."""
        top = await self._top()
        self._select(top)
        return f"{self._reference.tagged}@{top.digest}"

    async def actual_platform(self) -> str:
        """The platform that was asked for, if there is a choice; else the one it is for, as the Dagger engine says."""
        top = await self._top()
        return self.platform if "manifests" in top.content else platforms.of(await self.config())

    async def pinned(self) -> str:
        """The image of this platform alone, by digest."""
        return self._select(await self._top()).source

    async def _read_config(self) -> oci.Json:
        return await self._registry.config(self._select(await self._top()))

    async def _pull(self) -> oci.Image:
        layout = self._workspace.fresh("pull") / "layout"
        await self._registry.pull(self._select(await self._top()), layout)
        return oci.read(layout)

    def _select(self, top: Manifest) -> Reference:
        """The image of our platform, by digest."""
        entries = top.content.get("manifests")
        digest = top.digest
        if entries is not None:
            entry = platforms.select(entries, self.platform)
            if entry is None:
                raise Failure(f"no manifest matches requested platform {self.platform} for {self._reference.source}")
            digest = entry["digest"]
        return self._reference.at(digest)


class Images:
    """The images of registries that one session's builds start from, each resolved once, whatever the platform."""

    def __init__(self, registry: Registry, workspace: Workspace) -> None:
        self._registry = registry
        self._workspace = workspace
        self._tops: dict[str, Once[Manifest]] = {}
        self._known: dict[tuple[str, str], Pulled] = {}

    def pulled(self, address: str, platform: str) -> Pulled:
        """The image at an address, resolved when it was first used in this session."""
        key = (address, platform)
        if key not in self._known:
            reference = parse(address)
            top = self._tops.setdefault(address, self._top(reference))
            self._known[key] = Pulled(self._registry, self._workspace, reference, platform, top)
        return self._known[key]

    def anew(self, address: str, platform: str) -> Pulled:
        """The image at an address as it is now."""
        reference = parse(address)
        top = self._top(reference)
        # What was seen first is what builds start from, so that nobody sees one image and builds on another.
        self._tops.setdefault(address, top)
        return Pulled(self._registry, self._workspace, reference, platform, top)

    def _top(self, reference: Reference) -> Once[Manifest]:
        """What a tag names: an image, or the index of several."""
        return Once(partial(self._registry.manifest, reference))
