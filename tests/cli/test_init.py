"""Adopting the pipeline: from a stranger's monorepo to a rehearsed release, with two commands."""

import json
import shlex
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline import process
from pipeline.catalogue import Catalogue
from pipeline.cli.init.survey import Origin
from pipeline.demo.git_server import GitServer
from pipeline.demo.monorepo import Monorepo
from pipeline.demo.registry import Registry
from pipeline.process import Completed
from pipeline.workflow import render
from tests.conftest import need

PROGRAM = Path(sys.executable).with_name("pipeline")
MODULE = "github.com/acme/pipeline@v1.0.0"

PER_SERVICE = {
    "services/shop/Dockerfile": "FROM {base}\nCOPY . /srv\nRUN test -f /srv/shop.txt\n",
    "services/shop/shop.txt": "shop\n",
    "services/mail/docker/Dockerfile": "FROM {base}\nCOPY libs/common.txt services/mail /srv/\n",
    "services/mail/mail.txt": "mail\n",
    "libs/common.txt": "common\n",
    "README.md": "# Shop\n",
}
TARGETS = {
    "Dockerfile": """\
FROM {base} AS base
FROM base AS build
COPY . /src
FROM base AS web
COPY --from=build /src/web /srv
FROM base AS worker
COPY --from=build /src/worker /srv
FROM build AS test
RUN false
""",
    "web/index.html": "hello\n",
    "worker/main.txt": "work\n",
}
GO = {
    "Dockerfile": """\
FROM --platform=$BUILDPLATFORM {base} AS build
ARG SERVICE
ARG TARGETARCH
WORKDIR /src
COPY go.mod ./
COPY internal internal
COPY cmd/${{SERVICE}} cmd/${{SERVICE}}
RUN cp ./cmd/${{SERVICE}}/main.go /main
FROM {base}
COPY --from=build /main /main
""",
    "go.mod": "module example.com/acme\n\ngo 1.22\n",
    "internal/log/log.go": "package log\n",
    "cmd/billing/main.go": "package main\n\nfunc main() {{}}\n",
    "cmd/ledger/main.go": "package main\n\nfunc main() {{}}\n",
}


@dataclass(frozen=True)
class Clone:
    """A person's clone of a monorepo, and the commands they give in it."""

    folder: Path
    registry: str
    home: Path

    def run(self, *arguments: str) -> Completed:
        environment = {"XDG_CACHE_HOME": str(self.home), "GITHUB_TOKEN": "", "REGISTRY_TOKEN": ""}
        return process.run_sync([str(PROGRAM), *arguments], cwd=self.folder, env=environment, check=False)

    def init(self, *arguments: str) -> Completed:
        return self.run("init", "--yes", "--registry", self.registry, "--module", MODULE, *arguments)

    def services(self) -> Mapping[str, Any]:
        found: dict[str, Any] = tomllib.loads(self.folder.joinpath("services.toml").read_text())["services"]
        return found


MakeClone = Callable[..., Clone]


@pytest.fixture
def clone_of(git_server: GitServer, base_image: str, registry: Registry, namespace: str, tmp_path: Path) -> MakeClone:
    need("git")

    def make(files: Mapping[str, str], *tags: str) -> Clone:
        origin = Monorepo.create_empty(git_server.root / namespace / "shop.git")
        origin.commit({path: text.format(base=base_image) for path, text in files.items()}, message="feat: begin")
        for tag in tags:
            origin.tag(tag)
        process.run_sync(["git", "clone", "--quiet", git_server.url_of(origin.git_dir), str(tmp_path / "shop")])
        return Clone(tmp_path / "shop", f"{registry.address}/{namespace}", tmp_path / "cache")

    return make


LAYOUTS = [
    pytest.param(
        PER_SERVICE,
        {
            "mail": {
                "dockerfile": "services/mail/docker/Dockerfile",
                "paths": ["libs/common.txt", "services/mail"],
            },
            "shop": {
                "dockerfile": "services/shop/Dockerfile",
                "context": "services/shop",
                "paths": ["services/shop"],
            },
        },
        ["linux/amd64"],
        id="a Dockerfile per service",
    ),
    pytest.param(
        TARGETS,
        {
            "web": {"dockerfile": "Dockerfile", "target": "web", "paths": ["web"]},
            "worker": {"dockerfile": "Dockerfile", "target": "worker", "paths": ["worker"]},
        },
        ["linux/amd64"],
        id="a target per service",
    ),
    pytest.param(
        GO,
        {
            "billing": {"dockerfile": "Dockerfile", "paths": ["cmd/billing", "go.mod", "internal"]},
            "ledger": {"dockerfile": "Dockerfile", "paths": ["cmd/ledger", "go.mod", "internal"]},
        },
        ["linux/amd64", "linux/arm64"],
        id="Go, cross-compiled by one Dockerfile",
    ),
]


@pytest.mark.parametrize(("files", "services", "platforms"), LAYOUTS)
def test_two_commands_to_a_rehearsed_release(
    clone_of: MakeClone, files: Mapping[str, str], services: Mapping[str, Any], platforms: list[str]
) -> None:
    need("buildah", "skopeo")
    clone = clone_of(files)
    done = clone.init()
    assert done.returncode == 0, done.stderr
    assert clone.services() == services
    (command,) = [line.strip() for line in done.text.splitlines() if line.startswith("  pipeline ")]
    rehearsed = clone.run(*shlex.split(command)[1:], "--engine", "local", "--json")
    report = json.loads(rehearsed.text)
    assert (rehearsed.returncode, report["outcome"]) == (0, "rehearsed"), report
    assert report["image"]["platforms"] == platforms
    assert report["service"] == min(services)


def test_what_is_written(clone_of: MakeClone) -> None:
    clone = clone_of(PER_SERVICE, "shop/v1.4.0", "shop/v1.5.0-rc.1", "legacy/v0.1.0")
    done = clone.init("--service", "shop")
    assert "There are tags legacy/v…, but nothing here builds legacy." in done.text
    assert "pipeline release --tag shop/v1.5.0 --dry-run --ref main" in done.text
    module = json.loads(clone.folder.joinpath("dagger.json").read_text())
    assert module["blueprint"] == {"name": "pipeline", "source": MODULE}
    host = clone.folder.joinpath(".env").read_text().splitlines()[-1]
    assert host.startswith("GITHUBAPI=http://127.0.0.1:")
    catalogue = Catalogue.parse(clone.folder.joinpath("services.toml").read_text())
    for kind in render.KINDS:
        text = clone.folder.joinpath(render.path("github", kind)).read_text()
        assert text == render.render(catalogue, ci="github", kind=kind)


def test_nothing_is_overwritten(clone_of: MakeClone) -> None:
    clone = clone_of(PER_SERVICE)
    clone.folder.joinpath("services.toml").write_text("# mine\n")
    clone.folder.joinpath(".env").write_text("SECRET=1\ngithubtoken=env://MINE")
    done = clone.init()
    assert (done.returncode, "services.toml would be overwritten" in done.stderr) == (3, True)
    assert not clone.folder.joinpath("dagger.json").exists()
    assert clone.init("--force").returncode == 0
    assert "shop" in clone.services()
    lines = clone.folder.joinpath(".env").read_text().splitlines()
    assert lines[:2] == ["SECRET=1", "githubtoken=env://MINE"]
    assert [line for line in lines[2:] if line.startswith(("GITHUBTOKEN", "REGISTRYTOKEN"))] == [
        "REGISTRYTOKEN=env://REGISTRY_TOKEN"
    ]
    assert clone.init().returncode == 0, "what is there already is not overwritten by itself"


def test_a_command_line_tool_is_found(clone_of: MakeClone) -> None:
    tool = {".goreleaser.yaml": "version: 2\n", "cli/npm/package.json": '{{"name": "shop", "version": "0.0.0"}}\n'}
    clone = clone_of({**PER_SERVICE, **tool})
    assert clone.init().returncode == 0
    assert clone.services()["cli"] == {"kind": "cli", "goreleaser": ".goreleaser.yaml", "npm": "shop", "paths": ["cli"]}


def test_without_a_terminal_nothing_is_asked(clone_of: MakeClone) -> None:
    clone = clone_of(PER_SERVICE)
    done = clone.run("init")
    assert (done.returncode, "There is no terminal to ask on" in done.stderr) == (2, True)
    assert not clone.folder.joinpath("services.toml").exists()


def test_a_folder_without_git_or_dockerfiles_is_refused(clone_of: MakeClone, tmp_path: Path) -> None:
    clone = clone_of({"README.md": "# Nothing\n"})
    assert (clone.init().returncode, "No Dockerfile" in clone.init().stderr) == (2, True)
    outside = tmp_path / "outside"
    outside.mkdir()
    done = process.run_sync(
        [str(PROGRAM), "init", "--yes"], cwd=outside, check=False, env={"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    )
    assert (done.returncode, "is not in a git repository" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("url", "repository", "api"),
    [
        ("https://github.com/acme/shop.git", "acme/shop", None),
        ("git@github.com:acme/shop.git", "acme/shop", None),
        ("ssh://git@github.com/acme/shop", "acme/shop", None),
        ("https://token@ghe.corp/acme/shop", "acme/shop", "https://ghe.corp/api/v3"),
        ("git@ghe.corp:acme/shop", "acme/shop", "https://ghe.corp/api/v3"),
    ],
)
def test_origins(url: str, repository: str, api: str | None) -> None:
    origin = Origin.parse(url)
    assert origin is not None
    assert (origin.repository, origin.api) == (repository, api)


@pytest.mark.parametrize("url", ["", "/srv/git/shop.git", "file:///srv/shop.git", "shop"])
def test_an_origin_that_is_no_github_is_none(url: str) -> None:
    assert Origin.parse(url) is None
