"""Addresses that a call gives in place of the usual ones: whether they can be addresses at all.

A registry or a git remote that cannot exist never answers, and asking it again would be the wrong advice.
"""

import re
from urllib.parse import urlsplit

from pipeline.errors import BadFlag, shown
from pipeline.services.tables import REGISTRY

_USER_AND_HOST = r"[\w.-]+@[\w.-]+:(?!:)"

GIT_URL = re.compile(rf"(https?|ssh|git|file)://\S+|{_USER_AND_HOST}\S+|/.*")
"""URLs, ``user@host:path`` and absolute paths, as in git-clone(1), "GIT URLS"."""

SSH_URL = re.compile(rf"ssh://|{_USER_AND_HOST}")
"""How a URL begins that git reads from by ssh."""

LOGIN = re.compile(r"\s*(?!ssh:)[\w+.-]+://[^/?#]*@|\s*[\w+.-]+://[^/?#]*:[^/?#]*@", re.IGNORECASE)
"""How a URL begins that has a password in it, or may have: but for ssh, a token stands for the user as well
(RFC 3986, section 3.2.1).
"""


def check_http(flag: str, value: str) -> None:
    """Raise `BadFlag` unless a value is the address of an HTTP API."""
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise BadFlag(
            f"{flag} {shown(value)} is not an HTTP address.", next="Write it like https://host or http://host:8080."
        )


def check_registry(flag: str, value: str) -> None:
    """Raise `BadFlag` unless image names can begin with a value; an empty one stands for the catalogue's."""
    if value and not re.fullmatch(REGISTRY, value):
        raise BadFlag(f"{flag} {shown(value)} is not where images can go.", next="Write it like ghcr.io/unkeyed.")


def check_git_url(flag: str, value: str) -> None:
    """Raise `BadFlag` unless git can read from a value; an empty one stands for the catalogue's repository.

    A value with a login is refused and not repeated: addresses are told in progress, reports and errors.
    """
    if LOGIN.match(value):
        raise BadFlag(
            f"{flag} has a login in it, which would be shown wherever the address is.",
            next="Leave it out: pass GitHub's as --github-token env://NAME, and give another host's to git's own "
            "credential helper.",
        )
    if value and not GIT_URL.fullmatch(value):
        raise BadFlag(
            f"{flag} {shown(value)} is not the URL of a git repository.",
            next="Write it like https://github.com/unkeyed/unkey.git or git@github.com:unkeyed/unkey.git.",
        )
