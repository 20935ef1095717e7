"""Release tags: ``<service>/vX.Y.Z`` as text, and as a value.

Versions are strict SemVer 2.0.0 (https://semver.org), parsed by ``semver``, with two rules on top: exactly one
leading ``v``, and no build metadata, because ``+`` cannot be in an image tag
(https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

from semver import Version

from pipeline.errors import BadTag, UnknownService, shown

SERVICE_NAME = r"[a-z0-9]+(?:[._-][a-z0-9]+)*"
"""What a service may be called: one path component of an image name (OCI distribution spec)."""

IMAGE_TAG_LIMIT = 128
"""Characters an image tag may have (OCI distribution spec)."""

EXAMPLE = "a release tag looks like vault/v0.4.0 or vault/v0.4.0-rc.1"

_CLOSE = re.compile(r"(?P<service>[\w.-]+)/[vV]*(?P<core>[0-9]+(\.[0-9]+){0,2})(?P<suffix>-[0-9A-Za-z.-]+)?", re.ASCII)
_FORM = re.compile(rf"(?P<service>{SERVICE_NAME})/v(?P<version>[0-9A-Za-z.+-]+)")


@dataclass(frozen=True, slots=True)
class Tag:
    """One release of one service."""

    service: str
    version: Version

    @classmethod
    def parse(cls, text: str) -> "Tag":
        """Read a tag, strictly.

        Raises `BadTag` for anything that is not exactly one service name, ``/v`` and a SemVer version.
        """
        if not (form := _FORM.fullmatch(text)):
            raise BadTag(f"{shown(text)} is not a release tag.", next=_advice(text))
        service, version = form["service"], form["version"]
        if "+" in version:
            raise BadTag(
                f"{shown(text)} has build metadata ({shown('+' + version.partition('+')[2])}), which an image tag "
                "cannot hold.",
                next=_advice(text.partition("+")[0]),
            )
        if not Version.is_valid(version):
            raise BadTag(f"{shown(version)} in {shown(text)} is not a SemVer version.", next=_advice(text))
        if not _fits(version):
            raise BadTag(
                f"{shown(text)} cannot be both a git tag and an image tag.",
                next=f"Use a version of at most {IMAGE_TAG_LIMIT - 1} characters that does not end in '.lock'.",
            )
        return cls(service, Version.parse(version))

    @property
    def name(self) -> str:
        """The tag as git spells it: ``vault/v0.4.0``."""
        return f"{self.service}/{self.image_tag}"

    @property
    def ref(self) -> str:
        """The whole ref, which no branch of the same name can shadow: ``refs/tags/vault/v0.4.0``."""
        return f"refs/tags/{self.name}"

    @property
    def image_tag(self) -> str:
        """The image's tag: ``v0.4.0``."""
        return f"v{self.version}"

    @property
    def prerelease(self) -> bool:
        """Whether anything follows a hyphen in the version."""
        return self.version.prerelease is not None

    def __str__(self) -> str:
        return self.name


def tags_of(service: str, names: Collection[str]) -> list[Tag]:
    """The release tags of one service among tag names, lowest version first; every other tag is passed over."""
    found = []
    for name in names:
        try:
            tag = Tag.parse(name)
        except BadTag:
            continue
        if tag.service == service:
            found.append(tag)
    return sorted(found, key=lambda tag: tag.version)


def check_service(tag: Tag, services: Collection[str]) -> None:
    """Raise `UnknownService` unless the tag's service is one of ``services``."""
    if tag.service in services:
        return
    close = get_close_matches(tag.service, services, n=1)
    meant = f"Did you mean {close[0]}/{tag.image_tag}? " if close else ""
    raise UnknownService(
        f"{shown(tag.service)} in {shown(tag.name)} is not a service of the catalogue.",
        next=f"{meant}The catalogue has: {', '.join(sorted(services))}.",
    )


def _advice(text: str) -> str:
    """The nearest well-formed tag, where the mistake is a common one."""
    form = f"{EXAMPLE[0].upper()}{EXAMPLE[1:]}."
    close = _CLOSE.fullmatch(text.strip().removeprefix("refs/tags/"))
    if not close:
        return form
    numbers = [number.lstrip("0") or "0" for number in close["core"].split(".")]
    guess = f"{close['service'].lower()}/v{'.'.join([*numbers, '0', '0'][:3])}{close['suffix'] or ''}"
    return f"Did you mean {guess}? {form}" if _is_tag(guess) else form


def _is_tag(text: str) -> bool:
    form = _FORM.fullmatch(text)
    return form is not None and Version.is_valid(form["version"]) and _fits(form["version"])


def _fits(version: str) -> bool:
    """Whether a version can be in an image tag (by its length) and in a git ref (git-check-ref-format(1))."""
    return len(version) < IMAGE_TAG_LIMIT and not version.endswith(".lock")
