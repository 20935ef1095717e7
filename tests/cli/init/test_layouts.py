"""From a stranger's monorepo to a rehearsed release, with two commands: the one given, and the one it ends with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.init.stranger import MODULE, MakeClone
from tests.conftest import need

AMD64 = ["linux/amd64"]
BOTH = ["linux/amd64", "linux/arm64"]

PER_SERVICE = {
    "services/shop/Dockerfile": "FROM {base}\nCOPY . /srv\nRUN test -f /srv/shop.txt\n",
    "services/shop/shop.txt": "shop\n",
    "services/mail/docker/Dockerfile": "FROM {base}\nCOPY libs/common.txt services/mail /srv/\n",
    "services/mail/mail.txt": "mail\n",
    "libs/common.txt": "common\n",
    "README.md": "# Shop\n",
}
BELOW_A_SERVICE = {
    "services/api/docker/Dockerfile": "FROM {base}\nCOPY . /srv\nRUN test -f /srv/api.txt\n",
    "services/api/api.txt": "api\n",
    "services/job/docker/Dockerfile": "FROM {base}\nCOPY run.sh /\n",
    "services/job/docker/run.sh": "true\n",
    "services/web/build/Dockerfile": 'FROM {base}\nCOPY --chown=0:0 ["src/index.html", "/srv/"]\n',
    "services/web/src/index.html": "web\n",
}
FROM_THE_ROOT = {
    "apps/web/Dockerfile": "FROM {base}\nCOPY packages/ui /srv/ui\nCOPY apps/web/web.txt apps/web/more.txt /srv/\n",
    "apps/web/web.txt": "web\n",
    "apps/web/more.txt": "more\n",
    "apps/site/Dockerfile": "FROM {base}\nCOPY . /src\nWORKDIR /src\nRUN cat ./apps/site/site.txt\n",
    "apps/site/site.txt": "site\n",
    "packages/ui/ui.txt": "ui\n",
    "package.json": "{}\n",
}
TOGETHER = {
    "docker/api/Dockerfile": "FROM {base}\nCOPY api*.txt /srv/\nCOPY lib /srv/lib\n",
    "services/api/api1.txt": "1\n",
    "services/api/lib/lib.txt": "lib\n",
    "docker/jobs.Dockerfile": "FROM {base}\nRUN --mount=type=bind,source=jobs,target=/src cp /src/jobs.txt /jobs.txt\n",
    "jobs/jobs.txt": "jobs\n",
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
STAGES = {
    "web/Dockerfile": """\
FROM {base} AS base
FROM base AS runner
COPY web.txt /srv/
FROM runner AS dev
COPY tools /tools
RUN false
""",
    "web/web.txt": "web\n",
    "web/tools/tool.txt": "tool\n",
}
GO = {
    "Dockerfile": """\
FROM --platform=$BUILDPLATFORM {base} AS build
ARG SERVICE
ARG TARGETARCH
WORKDIR /src
COPY go.mod ./
COPY internal internal
COPY cmd/${SERVICE} cmd/${SERVICE}
RUN cp ./cmd/${SERVICE}/main.go /main
FROM {base}
COPY --from=build /main /main
""",
    "go.mod": "module example.com/acme\n\ngo 1.22\n",
    "internal/log/log.go": "package log\n",
    "cmd/billing/main.go": "package main\n\nfunc main() {}\n",
    "cmd/ledger/main.go": "package main\n\nfunc main() {}\n",
    "cmd/internal/flags.go": "package internal\n",
}
DEFAULTS = {
    "services/api/Dockerfile": "FROM {base}\nARG APP=api\nCOPY services/${APP} /srv\nRUN test -f /srv/api.txt\n",
    "services/api/api.txt": "api\n",
    "services/web/Dockerfile": "FROM {base}\nARG APP=web\nCOPY services/${APP} /srv\nRUN test -f /srv/web.txt\n",
    "services/web/web.txt": "web\n",
}
IN_THE_IMAGE = {
    "Dockerfile": """\
FROM {base}
ARG APP
ARG TARGETARCH
COPY . /src
WORKDIR /src/apps/${APP}
RUN test -f ./main.txt && ls /src/bin/${TARGETARCH}
""",
    "apps/Alpha/main.txt": "alpha\n",
    "apps/beta/main.txt": "beta\n",
    "bin/amd64/tool": "tool\n",
    "bin/arm64/tool": "tool\n",
}
NAMED = {
    "Dockerfile.api": "FROM {base}\nCOPY . /src\nRUN test -f /src/cmd/api/main.go\n",
    "web.Dockerfile": "FROM {base}\nCOPY web/web.txt /\n",
    "Dockerfile.dev": "FROM {base}\nRUN false\n",
    "Dockerfile.api.dockerignore": "docs\n",
    "cmd/api/main.go": "package main\n",
    "svc/api/api.go": "package api\n",
    "go.mod": "module example.com/acme\n",
    "web/web.txt": "web\n",
}
CAPITALS = {
    "services/User_API/Dockerfile": "FROM {base}\nCOPY . /srv\nRUN test -f /srv/user.txt\n",
    "services/User_API/user.txt": "user\n",
    "services/Web.Site/Dockerfile": "FROM {base}\nCOPY . /srv\nRUN test -f /srv/web.txt\n",
    "services/Web.Site/web.txt": "web\n",
}

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
        AMD64,
        id="a Dockerfile per service",
    ),
    pytest.param(
        BELOW_A_SERVICE,
        {
            "api": {
                "dockerfile": "services/api/docker/Dockerfile",
                "context": "services/api",
                "paths": ["services/api"],
            },
            "job": {
                "dockerfile": "services/job/docker/Dockerfile",
                "context": "services/job/docker",
                "paths": ["services/job/docker"],
            },
            "web": {
                "dockerfile": "services/web/build/Dockerfile",
                "context": "services/web",
                "paths": ["services/web"],
            },
        },
        AMD64,
        id="a Dockerfile in a folder of a service",
    ),
    pytest.param(
        FROM_THE_ROOT,
        {
            "site": {"dockerfile": "apps/site/Dockerfile", "paths": ["apps/site", "packages", "package.json"]},
            "web": {"dockerfile": "apps/web/Dockerfile", "paths": ["packages/ui", "apps/web"]},
        },
        AMD64,
        id="a Dockerfile per service, which copies from the root",
    ),
    pytest.param(
        TOGETHER,
        {
            "api": {
                "dockerfile": "docker/api/Dockerfile",
                "context": "services/api",
                "paths": ["services/api/api1.txt", "services/api/lib", "docker/api/Dockerfile"],
            },
            "jobs": {"dockerfile": "docker/jobs.Dockerfile", "paths": ["jobs", "docker/jobs.Dockerfile"]},
        },
        AMD64,
        id="a folder of Dockerfiles",
    ),
    pytest.param(
        TARGETS,
        {
            "web": {"dockerfile": "Dockerfile", "target": "web", "paths": ["web", "Dockerfile"]},
            "worker": {"dockerfile": "Dockerfile", "target": "worker", "paths": ["worker", "Dockerfile"]},
        },
        AMD64,
        id="a target per service",
    ),
    pytest.param(
        STAGES,
        {"web": {"dockerfile": "web/Dockerfile", "context": "web", "target": "runner", "paths": ["web"]}},
        AMD64,
        id="a last stage that is not shipped",
    ),
    pytest.param(
        GO,
        {
            "billing": {"dockerfile": "Dockerfile", "paths": ["go.mod", "internal", "cmd/billing", "Dockerfile"]},
            "ledger": {"dockerfile": "Dockerfile", "paths": ["go.mod", "internal", "cmd/ledger", "Dockerfile"]},
        },
        BOTH,
        id="Go, cross-compiled by one Dockerfile",
    ),
    pytest.param(
        DEFAULTS,
        {
            "api": {"dockerfile": "services/api/Dockerfile", "paths": ["services/api"]},
            "web": {"dockerfile": "services/web/Dockerfile", "paths": ["services/web"]},
        },
        AMD64,
        id="a Dockerfile per service, all alike",
    ),
    pytest.param(
        IN_THE_IMAGE,
        {
            "alpha": {
                "dockerfile": "Dockerfile",
                "build_args": {"APP": "Alpha"},
                "paths": ["apps/Alpha", "Dockerfile"],
            },
            "beta": {"dockerfile": "Dockerfile", "build_args": {"APP": "beta"}, "paths": ["apps/beta", "Dockerfile"]},
        },
        AMD64,
        id="an argument that chooses a folder in the image",
    ),
    pytest.param(
        NAMED,
        {
            "api": {"dockerfile": "Dockerfile.api", "paths": ["cmd/api", "svc/api", "go.mod", "Dockerfile.api"]},
            "web": {"dockerfile": "web.Dockerfile", "paths": ["web/web.txt", "web.Dockerfile"]},
        },
        AMD64,
        id="Dockerfiles with names",
    ),
    pytest.param(
        CAPITALS,
        {
            "user_api": {
                "dockerfile": "services/User_API/Dockerfile",
                "context": "services/User_API",
                "paths": ["services/User_API"],
            },
            "web.site": {
                "dockerfile": "services/Web.Site/Dockerfile",
                "context": "services/Web.Site",
                "paths": ["services/Web.Site"],
            },
        },
        AMD64,
        id="capitals, underscores and dots",
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
    report = clone.rehearsed(done)
    assert report["image"]["platforms"] == platforms
    assert report["service"] == min(services)


def test_the_tags_that_are_there_name_a_service(clone_of: MakeClone) -> None:
    need("buildah", "skopeo")
    clone = clone_of({"Dockerfile": "FROM {base}\nCOPY main.txt /\n", "main.txt": "main\n"}, "api/v1.2.3")
    done = clone.init()
    assert clone.services() == {"api": {"dockerfile": "Dockerfile", "paths": ["main.txt", "Dockerfile"]}}
    assert "Dockerfile: the service is called api, as there are tags api/v…." in done.text
    assert clone.rehearsed(done)["tag"] == "api/v1.2.4"


def test_what_is_not_on_main_yet_is_not_what_comes_next(clone_of: MakeClone) -> None:
    need("buildah", "skopeo")
    clone = clone_of(PER_SERVICE)
    clone.write("services/aaa/Dockerfile", "FROM scratch\nCOPY . /\n")
    clone.write("services/aaa/aaa.txt", "a\n")
    done = clone.init()
    assert set(clone.services()) == {"aaa", "mail", "shop"}
    assert "services/aaa/Dockerfile is not on main yet: push it there" in done.text
    assert clone.rehearsed(done)["service"] == "mail"


def test_a_folder_elsewhere(clone_of: MakeClone, tmp_path: Path) -> None:
    clone = clone_of(PER_SERVICE)
    clone.git("remote", "set-url", "origin", "https://github.com/acme/shop")
    done = clone.run("init", str(clone.folder / "services"), "--yes", "--module", MODULE, cwd=tmp_path)
    command = f"cd {clone.folder} && pipeline release --tag mail/v0.1.0 --dry-run --ref main"
    assert done.text.splitlines()[-1].strip() == command, done.stderr
    assert "context: services/shop, as the Dockerfile copies all of it" in done.text
    assert "paths: libs/common.txt, services/mail" in done.text


def test_a_catalogue_that_is_there_is_used(clone_of: MakeClone) -> None:
    need("buildah", "skopeo")
    clone = clone_of(PER_SERVICE)
    catalogue = f"""\
# By hand.
repository = "acme/shop"
registry = "{clone.registry}"
[services.post]
dockerfile = "services/mail/docker/Dockerfile"
latest = false
"""
    clone.write("services.toml", catalogue)
    done = clone.init()
    assert done.returncode == 0, done.stderr
    assert clone.read("services.toml") == catalogue
    assert "shop (services/shop/Dockerfile) is not in services.toml; to release it, add:" in done.text
    assert "    [services.shop]" in done.text.splitlines()
    assert "mail" not in done.text, "it is there, under another name"
    assert '"post/v[0-9]+' in clone.read(".github/workflows/release.yaml")
    assert clone.rehearsed(done)["service"] == "post"


def test_a_command_line_tool_is_found(clone_of: MakeClone) -> None:
    tool = {".goreleaser.yaml": "version: 2\n", "cli/npm/package.json": '{"name": "shop", "version": "0.0.0"}\n'}
    clone = clone_of({**PER_SERVICE, **tool})
    assert clone.init().returncode == 0
    assert clone.services()["cli"] == {"kind": "cli", "goreleaser": ".goreleaser.yaml", "npm": "shop", "paths": ["cli"]}
