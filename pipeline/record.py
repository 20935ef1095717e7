"""The release record: one JSON file on every GitHub release that says what the release is made of.

It is attached while the release is still a draft. Its bytes follow from the release alone, not from the run that
wrote it, so that runs of one tag at the same time attach the same file; `pipeline.status.verify` derives every line again.

    {
      "form": 1,
      "tag": "vault/v0.4.0",
      "commit": "408e57…",                          the commit the tag names, annotated tags peeled
      "image": {                                    null where a release makes no image
        "reference": "ghcr.io/unkeyed/vault:v0.4.0",
        "digest": "sha256:…",                       of the index
        "platforms": {"linux/amd64": "sha256:…"},   of each platform's manifest in that index
        "bases": {"golang:1.26": "sha256:…"}        every image of a FROM line, as it was when this one was built
      },
      "archives": {"unkey_1.2.3_linux_amd64.tar.gz": "sha256:…"},   only of a command-line tool: the release's files
      "packages": {"unkey@1.2.3": "sha512-…"},                      and its npm packages, by npm's own hash
      "catalogue": "sha256:…",                      what services.toml says of the service, see `service_digest`
      "notes": {"since": "vault/v0.3.0", "base": "1b5f64…", "until": "vault/v0.4.0"},
      "pipeline": "0.1.0"                           the version that wrote it
    }
"""

import hashlib
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from pipeline.catalogue import Service
from pipeline.errors import RecordMismatch
from pipeline.github.releases import RECORD, Asset


class ImageRecord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The image. A platform's digest is null where only the engine reaches the registry, and not this pipeline."""

    reference: str
    digest: str
    platforms: dict[str, str | None]
    bases: dict[str, str]


class Contents(Struct, frozen=True, kw_only=True):
    """What an artifact has in the record: an image, or the files and packages of a command-line tool."""

    image: ImageRecord | None = None
    archives: dict[str, str] | UnsetType = UNSET
    packages: dict[str, str] | UnsetType = UNSET


class NotesRecord(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the release notes tell: from the service's previous release, and its commit, to this tag.

    ``since`` and ``base`` are null for a service's first release.
    """

    since: str | None
    base: str | None
    until: str


class Record(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole record; ``form`` is the version of this form."""

    form: Literal[1] = 1
    tag: str
    commit: str
    image: ImageRecord | None
    archives: dict[str, str] | UnsetType = UNSET
    packages: dict[str, str] | UnsetType = UNSET
    catalogue: str
    notes: NotesRecord
    pipeline: str

    @classmethod
    def decode(cls, content: bytes, *, tag: str) -> "Record":
        """Read a record. Raises `RecordMismatch` for what is none."""
        try:
            return msgspec.json.decode(content, type=cls)
        except msgspec.MsgspecError as error:
            raise RecordMismatch(
                f"{RECORD} of {tag} is not a release record of this pipeline: {error}.",
                next="Somebody replaced it, or a newer pipeline wrote it: look at the release's page.",
            ) from None

    def encode(self) -> bytes:
        """The record as the file it is."""
        return msgspec.json.format(msgspec.json.encode(self, order="deterministic"), indent=2) + b"\n"

    def asset(self) -> Asset:
        """The record as a file of the GitHub release."""
        return Asset(name=RECORD, content=self.encode(), content_type="application/json")

    def lines(self) -> dict[str, str]:
        """Every line by its name, such as ``image.digest``."""
        return dict(_flat("", msgspec.to_builtins(self)))


def service_digest(service: Service) -> str:
    """The digest of what the catalogue says of one service: its platforms, and whatever of its table is no default.

    So another service, or a key that a later pipeline adds, does not change it.
    """
    table, plain = service.table, type(service.table)()
    said = {name: value for name in table.__struct_fields__ if (value := getattr(table, name)) != getattr(plain, name)}
    told = {"name": service.name, "platforms": service.platforms, "table": said}
    return f"sha256:{hashlib.sha256(msgspec.json.encode(told, order='deterministic')).hexdigest()}"


def _flat(prefix: str, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [line for key, inner in value.items() for line in _flat(f"{prefix}.{key}" if prefix else key, inner)]
    return [(prefix, "none" if value is None else str(value))]
