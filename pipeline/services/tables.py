"""The tables of ``services.toml``: `msgspec` holds the file to them, and derives the JSON Schema that editors complete
from.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from pipeline.runtime.limits import Limits

FILE_NAME = "services.toml"
SCHEMA_NAME = "services.schema.json"

PLATFORMS = (
    "linux/386", "linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64", "linux/loong64", "linux/mips64le",
    "linux/ppc64le", "linux/riscv64", "linux/s390x",
)  # fmt: skip
"""Platforms an image may be built for, as OCI spells them (``os/architecture[/variant]``)."""

GORELEASER_IMAGE = (
    "goreleaser/goreleaser:v2.15.4@sha256:579eee23514fa647adcc669b5875f866f1c1faf5a0464aec4614a9121684c06c"
)

REGISTRY = r"^[A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
"""What an image's name may begin with
(https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests).
"""

Path = Annotated[str, Meta(min_length=1, description="A path in the monorepo, relative to its root.")]
Platform = Annotated[str, Meta(pattern=r"^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$", examples=["linux/amd64"])]
Repository = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$", examples=["unkeyed/unkey"])]
Registry = Annotated[str, Meta(pattern=REGISTRY, examples=["ghcr.io/unkeyed"])]


class ServiceTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[services.NAME]``: one service, and with it one tag namespace ``NAME/v…`` and one image ``NAME``."""

    kind: Annotated[Literal["image", "cli"], Meta(description="What a release makes.")] = "image"
    dockerfile: Path = "Dockerfile"
    context: Path = "."
    target: Annotated[str, Meta(description="The Dockerfile's stage to build; the last one when empty.")] = ""
    build_args: Annotated[dict[str, str], Meta(description="Further build arguments.")] = {}
    platforms: Annotated[tuple[Platform, ...], Meta(description="Instead of the catalogue's.")] = ()
    paths: Annotated[tuple[Path, ...], Meta(description="What release notes look at; everything when empty.")] = ()
    latest: Annotated[bool, Meta(description="Whether its highest stable release may be GitHub's Latest.")] = True
    labels: Annotated[dict[str, str], Meta(description="Further image labels.")] = {}
    goreleaser: Annotated[Path, Meta(description="GoReleaser's configuration (kind cli).")] = ".goreleaser.yaml"
    goreleaser_image: Annotated[
        str, Meta(min_length=1, description="The image that GoReleaser runs in, by digest (kind cli).")
    ] = GORELEASER_IMAGE
    npm: Annotated[str, Meta(description="The npm package's name (kind cli).")] = ""


class InfraTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``[infra]``: where promotion happens. ``{service}`` stands for the service's name."""

    repository: Repository
    values: Annotated[str, Meta(description="The helm values of a service.")]
    pins: Annotated[dict[str, str], Meta(description="Environment name to the file that pins its version.")] = {}


class CatalogueTable(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``services.toml``: the only place that lists services."""

    repository: Annotated[Repository, Meta(description="The monorepo on GitHub, owner/name.")]
    registry: Annotated[Registry, Meta(description="Images go to <registry>/<service>.")]
    services: dict[str, ServiceTable]
    main: Annotated[str, Meta(min_length=1, description="The branch that tags must be on.")] = "main"
    platforms: tuple[Platform, ...] = ("linux/amd64",)
    prereleases_off_main: Annotated[
        bool, Meta(description="Whether pre-release tags may be on commits that are not on main.")
    ] = False
    infra: InfraTable | None = None
    limits: Limits = Limits()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``services.toml``, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(CatalogueTable)}
