"""What goes into an image: the build's arguments and labels, and the folder and Dockerfile that the builder gets."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

import dagger

from pipeline.catalogue import Service
from pipeline.errors import BuildFailed
from pipeline.image import outside
from pipeline.runtime import limits
from pipeline.runtime.session import Explain, first_line, read
from pipeline.tag import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What goes into an image besides the tree: the service, the release, and where and when it was committed."""

    service: Service
    tag: Tag
    repository_url: str
    commit: str
    committed: datetime

    @property
    def created(self) -> str:
        """The commit's own time, RFC 3339, in UTC."""
        return self.committed.strftime("%Y-%m-%dT%H:%M:%SZ")

    def arguments(self) -> dict[str, str]:
        """The build arguments; SOURCE_DATE_EPOCH is what makes image times the commit's
        (https://docs.docker.com/build/ci/github-actions/reproducible-builds/).
        """
        return {
            **self.service.table.build_args,
            "SERVICE": self.service.name,
            "VERSION": str(self.tag.version),
            "REVISION": self.commit,
            "CREATED": self.created,
            "SOURCE_DATE_EPOCH": str(int(self.committed.timestamp())),
        }

    def labels(self) -> dict[str, str]:
        """The image's labels; ``source`` links a GHCR package to its repository
        (https://docs.github.com/packages/learn-github-packages/connecting-a-repository-to-a-package).
        """
        standard = {
            "source": self.repository_url,
            "revision": self.commit,
            "version": str(self.tag.version),
            "created": self.created,
            "title": self.service.name,
        }
        return self.service.table.labels | {f"org.opencontainers.image.{key}": value for key, value in standard.items()}


@dataclass(frozen=True, slots=True)
class Context:
    """What the builder gets: a folder, the Dockerfile's path in it, and its text."""

    folder: dagger.Directory
    path: str
    text: str

    @classmethod
    async def read(cls, tree: dagger.Directory, service: Service, *, explain: Explain, where: str) -> "Context":
        """Find a service's context in a tree, which ``where`` is a name for.

        Raises `BuildFailed` when the Dockerfile that the catalogue names is not there, and what ``explain`` makes of it
        when there is no tree.
        """
        text = await read(
            tree.file(service.table.dockerfile).contents,
            explain=lambda message: _absent(service, where, message) or explain(message),
            within=limits.current().git_fetch,
        )
        folder, path = PurePosixPath(service.table.context), PurePosixPath(service.table.dockerfile)
        if folder == PurePosixPath("."):
            return cls(tree, str(path), text)
        if path.is_relative_to(folder):
            return cls(tree.directory(str(folder)), str(path.relative_to(folder)), text)
        return cls(*await outside.bring(tree, folder, path, text, explain=explain), text)


def _absent(service: Service, where: str, message: str) -> BuildFailed | None:
    """The error for a Dockerfile that is not there, if that is what the message says."""
    if not re.search(r"no such file or directory|not a (regular file|directory)|is a directory", message):
        return None
    return BuildFailed(
        f"{where} has no {service.table.dockerfile}: {first_line(message)}.",
        next=f"Name the right one in services.toml, [services.{service.name}] dockerfile = …",
    )
