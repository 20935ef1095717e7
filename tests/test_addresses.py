"""Addresses of a call: what may be one, and what a mistake is told."""

import pytest

from pipeline.addresses import check_git_url, check_http, check_registry
from pipeline.errors import BadFlag


@pytest.mark.parametrize("address", ["https://api.github.com", "http://127.0.0.1:8080/", "https://ghe.example/api/v3"])
def test_an_api(address: str) -> None:
    check_http("--github-api", address)


@pytest.mark.parametrize(
    "address", ["", "api.github.com", "127.0.0.1:8080", "ftp://host", "https://", "http://host:port", "http://[::1"]
)
def test_no_api(address: str) -> None:
    with pytest.raises(BadFlag, match=r"--github-api '.*' is not an HTTP address") as caught:
        check_http("--github-api", address)
    assert "https://host" in caught.value.next


@pytest.mark.parametrize("prefix", ["", "ghcr.io/unkeyed", "localhost:5000/a/b", "127.0.0.1:5000"])
def test_a_registry(prefix: str) -> None:
    check_registry("--registry", prefix)


@pytest.mark.parametrize(
    "prefix", ["https://ghcr.io/unkeyed", "ghcr.io/Unkeyed", "ghcr.io/unkeyed/", "ghcr.io/a:b", " "]
)
def test_no_registry(prefix: str) -> None:
    with pytest.raises(BadFlag, match=r"--registry '.*' is not where images can go"):
        check_registry("--registry", prefix)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://host/a/b.git",
        "https://host:8443/a:b@c.git",
        "http://127.0.0.1:1/a.git",
        "ssh://git@host/a",
        "git@host:a/b.git",
        "/srv/a.git",
        "file:///a",
    ],
)
def test_a_git_url(url: str) -> None:
    check_git_url("--git-url", url)


@pytest.mark.parametrize(
    "url", ["ftp://host/a", "ext::sh -c id", "--upload-pack=id", "host/a.git", "a@b::c", "https://"]
)
def test_no_git_url(url: str) -> None:
    with pytest.raises(BadFlag, match=r"--git-url '.*' is not the URL of a git repository"):
        check_git_url("--git-url", url)


@pytest.mark.parametrize(
    "url",
    [
        "http://u:sekrit@host/x.git",
        "https://sekrit:@host/x.git",
        "https://sekrit@host:8443/x.git",
        "HTTPS://sekrit@host/x.git",
        " https://sekrit@host/x.git",
        "git+https://sekrit@host/x.git",
        "ssh://u:sekrit@host/x",
        "ftp://u:sekrit@host/x",
    ],
)
def test_a_git_url_with_a_login_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadFlag, match=r"^--git-url has a login in it") as caught:
        check_git_url("--git-url", url)
    assert "--github-token env://NAME" in caught.value.next
    assert "sekrit" not in caught.value.text
