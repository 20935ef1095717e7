"""Which services a change touches."""

import pytest

from pipeline.catalogue import Catalogue
from pipeline.runs.affected import touched

CATALOGUE = Catalogue.parse("""\
repository = "acme/shop"
registry = "ghcr.io/acme"
[services.api]
paths = ["svc/api", "pkg"]
[services.web]
dockerfile = "web/Dockerfile"
context = "web"
[services.all]
dockerfile = "build/Dockerfile"
[services.cli]
kind = "cli"
npm = "shop"
paths = ["cli"]
""")


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["svc/api/main.go"], "api all"),
        (["svc/api-two/main.go"], "all"),
        (["pkg/log/log.go", "web/index.html"], "api web all"),
        (["Dockerfile"], "api all"),
        (["web/Dockerfile"], "web all"),
        (["web/.dockerignore"], "web all"),
        ([".dockerignore"], "api all"),
        (["build/Dockerfile.dockerignore"], "all"),
        (["cli/main.go"], "all cli"),
        ([".goreleaser.yaml"], "all cli"),
        (["services.toml"], "api web all cli"),
        (["docs/services.toml"], "all"),
        ([], ""),
        (None, "api web all cli"),
    ],
)
def test_touched(files: list[str] | None, names: str) -> None:
    assert [service.name for service in touched(CATALOGUE, files)] == names.split()
