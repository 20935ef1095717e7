"""Where this module is to be had: the address that another repository's dagger.json names."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pipeline.cli.init.origin import Origin
from pipeline.process import ProcessError, run_sync


def own_address() -> str | None:
    """The git repository and commit that this installation came from (PEP 610), if it came from one."""
    try:
        text = distribution("pipeline").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    installed = json.loads(text or "{}")
    if "vcs_info" in installed:
        return _address(installed["url"], installed["vcs_info"]["commit_id"])
    if "dir_info" in installed:
        return _of_clone(url2pathname(urlsplit(installed["url"]).path))
    return None


def _of_clone(folder: str) -> str | None:
    try:
        url = run_sync(["git", "-C", folder, "remote", "get-url", "origin"]).text
        return _address(url, run_sync(["git", "-C", folder, "rev-parse", "HEAD"]).text)
    except ProcessError:
        return None


def _address(url: str, commit: str) -> str | None:
    """An address as an engine takes it (https://docs.dagger.io/reference/modules/remote-modules); any git host will do
    that is not this machine.
    """
    origin = Origin.parse(url.removeprefix("git+"))
    return f"{origin.host}/{origin.path}@{commit}" if origin and "." in origin.host and not origin.is_here else None
