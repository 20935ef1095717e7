"""What the workflows take from elsewhere: by hash, so that it stays what was looked at."""

from msgspec import Struct


class Download(Struct, frozen=True):
    """A released archive: its version, and the SHA-256 of the archive for Linux on x86-64."""

    version: str
    sha256: str


class Action(Struct, frozen=True):
    """An action of a workflow, by the commit that its version names."""

    name: str
    commit: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}@{self.commit} # {self.version}"


DAGGER = Download("v0.21.8", "53e226c7da8fb75171e58c35759d736d961ce8b3a12db0baa7b7107954fccc5a")
"""The engine that dagger.json names, from https://github.com/dagger/dagger/releases (checksums.txt)."""

CHECKOUT = Action("actions/checkout", "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1")
UPLOAD_ARTIFACT = Action("actions/upload-artifact", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f", "v7.0.0")
