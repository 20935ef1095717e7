"""Where a repository's page is, by the address of the API."""

import pytest

from pipeline.github.api import Github
from pipeline.runtime.credentials import Credential


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com/acme/shop"),
        ("https://api.github.com/", "https://github.com/acme/shop"),
        ("https://ghe.example/api/v3/", "https://ghe.example/acme/shop"),
        ("https://api.octocorp.ghe.com", "https://octocorp.ghe.com/acme/shop"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/acme/shop"),
    ],
)
def test_the_page(api: str, web: str) -> None:
    assert Github(api=api, repository="acme/shop", credential=Credential(None, "")).web == web
