"""Where a clone came from, and whether that is a GitHub, as far as a remote's address tells."""

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

Kind = Literal["github", "enterprise", "unsure", "elsewhere"]

PUBLIC = ("github.com", "www.github.com", "ssh.github.com")
"""Hosts of the public GitHub (https://docs.github.com/authentication/troubleshooting-ssh/using-ssh-over-the-https-port)."""

_URL = re.compile(r"(?P<scheme>https?|ssh|git)://([^@/]+@)?(?P<host>[^/]+)/(?P<path>.+?)(\.git)?/?")
_SCP = re.compile(r"([^@/]+@)?(?P<host>[^:/]+):(?P<path>(?!//).+?)(\.git)?/?")
_FILE = re.compile(r"(file://)?(?P<path>/.+?)(\.git)?/?")

_ENTERPRISE = re.compile(r"(.*[.-])?(github|ghe|ghes)([.-].*)?\.[a-z]{2,}|.+\.ghe\.com")
_FORGE = re.compile(
    r"(.*[.-])?(gitlab|bitbucket|gitea|forgejo|codeberg|gerrit|sourceforge|visualstudio|azure|amazonaws|sr)\.[a-z.]+"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """A remote: its address without credentials, the scheme and host of its web pages, and the path there."""

    url: str
    scheme: str
    host: str
    path: str

    @classmethod
    def parse(cls, url: str) -> "Origin | None":
        """Read a remote's URL as git takes them (https://git-scm.com/docs/git-clone#_git_urls)."""
        match = _URL.fullmatch(url) or _FILE.fullmatch(url) or _SCP.fullmatch(url)
        if match is None:
            return None
        found = match.groupdict()
        web = found.get("scheme") in ("http", "https")
        host = (found.get("host") or "").lower()
        return cls(
            url=re.sub(r"^(https?://)[^@/]+@", r"\1", url),
            scheme=found["scheme"] if web else "https",
            host=host if web else host.split(":")[0],
            path=found["path"].strip("/"),
        )

    @property
    def kind(self) -> Kind:
        """A GitHub; what looks like an Enterprise one; what is none; or a name that says nothing, such as an alias."""
        name = self._name
        # Where a person has several accounts, the alias of the second is usually github.com-work.
        if name in PUBLIC or name.startswith("github.com-"):
            return "github"
        if self.is_here or _FORGE.fullmatch(name):
            return "elsewhere"
        return "enterprise" if _ENTERPRISE.fullmatch(name) else "unsure"

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, or an address of numbers instead of a name."""
        name = self._name
        with suppress(ValueError):
            return bool(ip_address(name))
        return name in ("", "localhost") or name.endswith((".localhost", ".local"))

    @property
    def repository(self) -> str | None:
        """The repository on GitHub (owner/name), where this may be one."""
        parts = self.path.split("/")
        return "/".join(parts) if len(parts) == 2 and self.kind != "elsewhere" else None

    @property
    def api(self) -> str | None:
        """The REST API of a GitHub Enterprise; the public one has no need to be named
        (https://docs.github.com/enterprise-cloud@latest/admin/data-residency/feature-overview-for-github-enterprise-cloud-with-data-residency).
        """
        if self.kind != "enterprise":
            return None
        return f"{self.scheme}://api.{self.host}" if self.host.endswith(".ghe.com") else self.api_if_enterprise

    @property
    def api_if_enterprise(self) -> str:
        """What the REST API would be if this were a GitHub Enterprise Server
        (https://docs.github.com/enterprise-server@latest/rest/enterprise-admin#endpoint-urls).
        """
        return f"{self.scheme}://{self.host if '.' in self.host else 'HOST'}/api/v3"

    @property
    def _name(self) -> str:
        """The host without its port."""
        return self.host[1:].partition("]")[0] if self.host.startswith("[") else self.host.partition(":")[0]
