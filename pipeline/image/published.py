"""An image that is in its registry."""

from dataclasses import dataclass

REVISION = "org.opencontainers.image.revision"
"""The label that says which commit an image was built from
(https://github.com/opencontainers/image-spec/blob/main/annotations.md)."""


@dataclass(frozen=True, slots=True)
class PublishedImage:
    """An image in the registry: its reference and the digest of what the tag names."""

    reference: str
    digest: str

    @property
    def summary(self) -> str:
        """The index digest."""
        return self.digest

    @property
    def address(self) -> str:
        """The reference by digest."""
        return f"{self.reference}@{self.digest}"

    def instructions(self) -> str:
        """How to pull it by what it is, not by what a tag says, and how to see that the tag still says the same."""
        return _INSTRUCTIONS.format(reference=self.reference, digest=self.digest, revision=REVISION)


_INSTRUCTIONS = """\
**Image**: `{reference}` is `{digest}`

Pull it, whatever the tag says by then:

```sh
docker pull {reference}@{digest}
```

Verify it: this prints that digest, and the commit it was built from.

```sh
skopeo inspect --format '{{{{.Digest}}}} {{{{index .Labels "{revision}"}}}}' docker://{reference}
```"""
