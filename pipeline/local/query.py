"""``Query``: where every chain of calls begins."""

from importlib.metadata import version

from pipeline.local import platforms
from pipeline.local.container import Container, scratch
from pipeline.local.context import Context
from pipeline.local.directory import Directory, File, empty
from pipeline.local.failure import Failure
from pipeline.local.git import GitRepository
from pipeline.local.git_program import Login, check_url
from pipeline.local.graph import Node
from pipeline.local.mounts import CacheVolume
from pipeline.local.remote import Remote
from pipeline.local.secret import Secret, by_uri, plain


class Query(Node):
    """The root of the API."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def version(self) -> str:
        """The version of the API that is served: the SDK's own."""
        return f"v{version('dagger-io')}"

    def default_platform(self) -> str:
        """The platform of this machine."""
        return platforms.default()

    def cache_volume(self, key: str) -> CacheVolume:
        """A folder that stays on this machine, by name."""
        return CacheVolume(self._context, key)

    def container(self, platform: str | None = None) -> Container:
        """A container with nothing in it."""
        return scratch(self._context, platforms.checked(platform) if platform else platforms.default())

    def directory(self) -> Directory:
        """A directory with nothing in it."""
        return empty(self._context)

    def file(self, name: str, contents: str, permissions: int) -> File:
        """A file with these contents."""
        if "/" in name:
            raise Failure(f'file name "{name}" must not contain a directory')
        return empty(self._context).with_new_file(name, contents, permissions).file(name)

    def git(
        self, url: str, keep_git_dir: bool, http_auth_username: str, http_auth_token: Secret | None = None
    ) -> GitRepository:
        """A git remote; nothing is read before something of it is asked for."""
        check_url(url)

        async def connect() -> Remote:
            login = None
            if http_auth_token:
                username = http_auth_username or "x-access-token"
                login = Login(username, await http_auth_token.plaintext())
            return Remote(url, login, self._context.workspace, self._context.limits)

        return GitRepository(self._context, url, connect, discard=not keep_git_dir)

    def secret(self, uri: str) -> Secret:
        """A secret by reference."""
        return by_uri(uri)

    def set_secret(self, name: str, plaintext: str) -> Secret:
        """A secret by value."""
        return plain(name, plaintext)

    def node(self, id: Node) -> Node:  # noqa: A002 - the API's own word
        """An object by its ID, which the graph has loaded already."""
        return id
