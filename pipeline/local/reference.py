"""Image references, read as Docker reads them (``distribution/reference``, "normalized")."""

import ipaddress
import re
from dataclasses import dataclass

from pipeline.local.failure import Failure

_NAME = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*")
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Reference:
    """``host/path:tag@digest``; the host and the tag ``latest`` are filled in as Docker does."""

    host: str
    path: str
    tag: str
    digest: str

    @property
    def name(self) -> str:
        """Host and path."""
        return f"{self.host}/{self.path}"

    @property
    def tagged(self) -> str:
        """The reference without its digest."""
        return f"{self.name}:{self.tag}" if self.tag else self.name

    @property
    def source(self) -> str:
        """What to read: by digest when there is one, as skopeo takes no tag beside it."""
        return f"{self.name}@{self.digest}" if self.digest else self.tagged

    def at(self, digest: str) -> "Reference":
        """What a digest names in the same place."""
        return Reference(self.host, self.path, "", digest)

    @property
    def is_loopback(self) -> bool:
        """Whether the registry is this machine, which is spoken to over plain HTTP."""
        return is_loopback(self.host)


def parse(text: str) -> Reference:
    """Read a reference; a `Failure` says what is wrong with it."""
    rest, _, digest = text.removeprefix("docker://").partition("@")
    head, slash, path = rest.partition("/")
    if not slash or not ("." in head or ":" in head or head == "localhost" or head != head.lower()):
        head, path = "docker.io", rest if slash else f"library/{rest}"
    path, colon, tag = path.partition(":")
    valid = _HOST.fullmatch(head) and _NAME.fullmatch(path) and (not colon or _TAG.fullmatch(tag))
    if not valid or ("@" in text and not _DIGEST.fullmatch(digest)):
        raise Failure(f'invalid reference format: "{text}"')
    return Reference(head, path, tag or ("" if digest else "latest"), digest)


def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is this machine."""
    name = re.sub(r":[0-9]+$", "", host).strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
