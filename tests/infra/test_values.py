"""Helm values are held to the service's own image."""

import pytest

from pipeline.errors import WrongImage
from pipeline.infra import values

VAULT = "ghcr.io/unkeyed/vault"


@pytest.mark.parametrize(
    "text",
    [
        f"image:\n  repository: {VAULT}\n",
        f"# chart\nvault:\n  image: {{repository: '{VAULT}', tag: v1}}\n",
        "image:\n  registry: ghcr.io\n  repository: unkeyed/vault\n",
        f"sidecar: {{image: {{repository: envoy}}}}\nimage: &i {{repository: {VAULT}}}\nweb: {{image: *i}}\n",
    ],
)
def test_accepts_the_services_own_image(text: str) -> None:
    values.check(text, VAULT, "values.yaml")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("image:\n  repository: ghcr.io/unkeyed/vault-old\n", "'ghcr.io/unkeyed/vault-old'"),
        (f"repository: {VAULT}\n", "none"),
        ("replicas: 1\n", "none"),
    ],
)
def test_refuses_another_image(text: str, found: str) -> None:
    with pytest.raises(WrongImage, match=found):
        values.check(text, VAULT, "values.yaml")
