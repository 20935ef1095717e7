"""Calls that go all the way: what is on standard output, what the exit code is, and where settings come from."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.local.features import HEREDOC
from tests.cli.terminal import Terminal
from tests.local import by_hand
from tests.site import Site

LOCAL = ("--engine", "local")


def test_a_release_from_the_terminal(at_site: Terminal, site: Site, flags: Sequence[str]) -> None:
    site.monorepo.tag("vault/v0.4.0")
    call = ("release", "--tag", "vault/v0.4.0", *flags, *LOCAL)
    rehearsed = at_site.run(*call, "--dry-run", "--json")
    assert (rehearsed.exit_code, rehearsed.json["outcome"]) == (0, "rehearsed")
    assert site.published() == {}
    released = at_site.run(*call)
    digest = site.registry.digest(site.image("vault"), "v0.4.0")
    assert released.exit_code == 0
    assert f"{site.prefix}/vault:v0.4.0@{digest}" in released.stdout
    assert released.stdout.startswith("vault/v0.4.0: released.")
    assert "engine: local session" in released.stderr
    for stage in ("resolve", "verify-ancestry", "preflight", "build", "push", "release", "confirm"):
        assert stage in released.stderr
    assert "\x1b" not in released.said
    again = at_site.run(*flags, *call[:3], *LOCAL, "--json")
    assert (again.exit_code, again.json["outcome"], again.json["image"]["digest"]) == (0, "already-released", digest)


def test_a_refusal_from_the_terminal(at_site: Terminal, site: Site, flags: Sequence[str]) -> None:
    call = ("release", "--tag", "krane/v0.2.1", *flags, *LOCAL)
    ended = at_site.run(*call, "--json")
    assert (ended.exit_code, ended.json["outcome"], ended.json["error"]["kind"]) == (3, "refused", "not-on-main")
    text = at_site.run(*call)
    assert text.exit_code == 3
    assert text.said.count("Next: ") == 1
    assert "not on main" in text.said
    assert site.published() == {}


def test_a_failure_from_the_terminal(at_site: Terminal, site: Site, flags: Sequence[str], base_image: str) -> None:
    site.monorepo.commit({"Dockerfile": f"FROM {base_image}\nRUN echo why >&2; false\n"}, message="fix: break it")
    site.monorepo.tag("vault/v0.4.0")
    ended = at_site.run("release", "--tag", "vault/v0.4.0", *flags, *LOCAL, "--json")
    assert (ended.exit_code, ended.json["outcome"], ended.json["error"]["kind"]) == (5, "failed", "build-failed")
    assert "why" in ended.json["error"]["message"]
    assert "why" in ended.stderr


def test_the_other_verbs(at_site: Terminal, site: Site, flags: Sequence[str]) -> None:
    commit = site.monorepo.tag("vault/v0.4.0")
    tag = ("--tag", "vault/v0.4.0", *flags, *LOCAL, "--json")
    assert at_site.run("verify-ancestry", *tag).json == {"result": commit}
    folder = at_site.folder / "out"
    checkout = at_site.run("checkout", *tag, "--output", str(folder))
    assert checkout.json["exported"] == str(folder)
    assert {"Dockerfile", "README.md", "svc/"} <= set(checkout.json["entries"])
    assert (folder / "svc/vault/README.md").read_text() == "# vault\n"
    assert not (folder / ".git").exists()
    assert at_site.run("build", *tag).json == {"platforms": ["linux/amd64"]}
    assert site.published() == {}
    pushed = at_site.run("push", *tag).json["result"]
    assert pushed == f"{site.prefix}/vault:v0.4.0@{site.registry.digest(site.image('vault'), 'v0.4.0')}"
    assert site.releases() == []


def test_services_as_text_and_as_json(at_site: Terminal, site: Site) -> None:
    text = at_site.run("services", *LOCAL)
    assert text.exit_code == 0
    assert [line.split()[0] for line in text.stdout.splitlines()] == ["SERVICE", "api", "vault", "krane", "cli"]
    assert list(at_site.run("services", *LOCAL, "--json").json["services"]) == ["api", "vault", "krane", "cli"]


def test_services_are_listed_where_their_images_would_go(at_site: Terminal) -> None:
    elsewhere = ("services", "--registry", "localhost:5000/mine", *LOCAL)
    assert " localhost:5000/mine/vault " in at_site.run(*elsewhere).stdout
    assert at_site.run(*elsewhere, "--json").json["registry"] == "localhost:5000/mine"
    refused = at_site.run("services", "--registry", "Nowhere://", *LOCAL)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "'Nowhere://'" in refused.stderr


@pytest.mark.parametrize("form", ["env", "file", "cmd"])
def test_a_secret_is_a_reference(at_site: Terminal, site: Site, form: str) -> None:
    token = at_site.folder / "a token"
    token.write_text(site.tokens["github_token"] + "\n")
    reference = {
        "env": "env://GITHUB_TOKEN",
        "file": f"file://{token}",
        "cmd": f"cmd://cat {shlex.quote(str(token))}",
    }[form]
    site.monorepo.tag("vault/v0.4.0")
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in site.settings.items()]
    ended = at_site.run(
        "release", "--tag=vault/v0.4.0", *settings, "--github-token", reference, *LOCAL, "--json", "--dry-run"
    )
    assert (ended.exit_code, ended.json["outcome"]) == (0, "rehearsed")
    preflight = next(stage for stage in ended.json["stages"] if stage["name"] == "preflight")
    assert "no release yet" in preflight["detail"]
    assert site.tokens["github_token"] not in ended.said


@pytest.mark.parametrize(
    "reference", ["env://NOT_SET", "file:///none/such", "cmd://exit 3"], ids=["env", "file", "cmd"]
)
def test_a_secret_that_is_not_there(at_site: Terminal, site: Site, reference: str) -> None:
    site.monorepo.tag("vault/v0.4.0")
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in site.settings.items()]
    ended = at_site.run("release", "--tag=vault/v0.4.0", *settings, "--github-token", reference, *LOCAL, "--json")
    assert (ended.exit_code, ended.json["error"]["kind"]) == (4, "not-authorized")
    assert "--github-token" in ended.json["error"]["next"]
    assert site.published() == {}


def test_the_env_file_beside_the_module(at_site: Terminal, site: Site) -> None:
    at_site.folder.joinpath("dagger.json").write_text("{}")
    lines = [f"{name.replace('_', '').upper()}={value}" for name, value in site.settings.items()]
    at_site.folder.joinpath(".env").write_text("\n".join([*lines, "githubToken=env://GITHUB_TOKEN"]) + "\n")
    below = at_site.folder / "deep" / "down"
    below.mkdir(parents=True)
    site.monorepo.tag("vault/v0.4.0")
    ended = replace(at_site, folder=below).run("release", "--tag", "vault/v0.4.0", *LOCAL, "--dry-run", "--json")
    assert (ended.exit_code, ended.json["outcome"]) == (0, "rehearsed")
    preflight = next(stage for stage in ended.json["stages"] if stage["name"] == "preflight")
    assert "not checked" not in preflight["detail"]
    over = at_site.run("release", "--tag", "vault/v0.4.0", "--git-url", "http://127.0.0.1:9/x.git", *LOCAL, "--json")
    assert (over.exit_code, over.json["error"]["kind"]) == (4, "git-unavailable")


@pytest.mark.parametrize(
    ("line", "feature"),
    [("COPY --link README.md /", by_hand.LINK), ("RUN <<EOF\ntrue\nEOF", HEREDOC)],
    ids=["link", "heredoc"],
)
def test_a_dockerfile_feature_that_buildah_lacks_is_named_with_its_line(  # noqa: PLR0917 - fixtures
    at_site: Terminal, site: Site, flags: Sequence[str], base_image: str, tmp_path: Path, line: str, feature: str
) -> None:
    site.monorepo.commit({"Dockerfile": f"FROM {base_image}\n{line}\n"}, message="feat: be modern")
    site.monorepo.tag("vault/v0.4.0")
    ended = at_site.run("release", "--tag", "vault/v0.4.0", *flags, *LOCAL, "--json", "--dry-run")
    if by_hand.has(feature, tmp_path):
        assert ended.exit_code == 0, ended.said
        return
    assert ended.exit_code == 5
    for word in ("Dockerfile:2", feature, "buildah"):
        assert word in ended.json["error"]["message"]
    assert "--engine dagger" in json.dumps(ended.json["error"])
