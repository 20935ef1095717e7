"""Where a clone came from: what that says of its GitHub, and what it does not."""

import pytest

from pipeline.cli.init.origin import Origin
from tests.cli.init.stranger import MODULE, MakeClone
from tests.conftest import need

ONE = {"api/Dockerfile": "FROM {base}\nCOPY . /srv\n", "api/main.txt": "main\n"}


@pytest.mark.parametrize(
    ("url", "repository", "api"),
    [
        ("https://github.com/acme/shop.git", "acme/shop", None),
        ("git@github.com:acme/shop.git", "acme/shop", None),
        ("ssh://git@ssh.github.com:443/acme/shop", "acme/shop", None),
        ("git@github.com-work:acme/shop.git", "acme/shop", None),
        ("https://token@ghe.corp/acme/shop", "acme/shop", "https://ghe.corp/api/v3"),
        ("git@github.acme.com:acme/shop", "acme/shop", "https://github.acme.com/api/v3"),
        ("http://github.acme.com:8080/acme/shop", "acme/shop", "http://github.acme.com:8080/api/v3"),
        ("ssh://git@github.acme.com:2222/acme/shop", "acme/shop", "https://github.acme.com/api/v3"),
        ("https://octocorp.ghe.com/acme/shop.git", "acme/shop", "https://api.octocorp.ghe.com"),
        ("git@work:acme/shop.git", "acme/shop", None),
        ("git@git.acme.com:acme/shop.git", "acme/shop", None),
        ("https://code.acme.com/scm/acme/shop.git", None, None),
        ("git@gitlab.com:acme/shop.git", None, None),
        ("https://gitlab.acme.com/acme/shop", None, None),
        ("http://127.0.0.1:8080/acme/shop.git", None, None),
        ("http://[::1]:8080/acme/shop.git", None, None),
        ("http://localhost:3000/acme/shop.git", None, None),
        ("ssh://git@10.0.0.7/acme/shop.git", None, None),
        ("/srv/git/acme/shop.git", None, None),
        ("file:///acme/shop.git", None, None),
    ],
)
def test_what_an_address_says(url: str, repository: str | None, api: str | None) -> None:
    origin = Origin.parse(url)
    assert origin is not None
    assert (origin.repository, origin.api) == (repository, api)
    assert "token" not in origin.url


@pytest.mark.parametrize("url", ["", "shop", "../shop.git"])
def test_no_address(url: str) -> None:
    assert Origin.parse(url) is None


ORIGINS = [
    pytest.param("git@github.com:acme/shop.git", None, None, id="github.com"),
    pytest.param("git@github.acme.com:acme/shop.git", "https://github.acme.com/api/v3", "looks like", id="Enterprise"),
    pytest.param("git@git.acme.com:acme/shop.git", None, "GITHUBAPI=https://git.acme.com/api/v3", id="perhaps"),
    pytest.param("work:acme/shop.git", None, "GITHUBAPI=https://HOST/api/v3", id="an ssh alias"),
]


@pytest.mark.parametrize(("url", "api", "note"), ORIGINS)
def test_only_an_enterprise_is_written(clone_of: MakeClone, url: str, api: str | None, note: str | None) -> None:
    clone = clone_of(ONE)
    clone.git("remote", "set-url", "origin", url)
    done = clone.run("init", "--yes", "--module", MODULE)
    assert done.returncode == 0, done.stderr
    assert 'repository = "acme/shop"' in clone.read("services.toml")
    assert [line for line in clone.read(".env").splitlines() if "GITHUBAPI" in line] == (
        [f"GITHUBAPI={api}"] if api else []
    )
    assert (note or "") in done.text
    assert ("note" in done.text) == bool(note)
    assert ("--git-url" in done.text) == (api is None and note is not None)


@pytest.mark.parametrize("kind", ["loopback", "path", "relative path", "none"])
def test_without_a_github_nothing_is_invented(clone_of: MakeClone, kind: str) -> None:
    need("buildah", "skopeo")
    clone = clone_of(ONE)
    if kind in ("path", "relative path"):
        clone.git("clone", "--quiet", "--bare", ".", "../bare.git")
        bare = str(clone.folder.parent / "bare.git")
        clone.git("remote", "set-url", "origin", bare if kind == "path" else "../bare.git")
    elif kind == "none":
        clone.git("remote", "remove", "origin")
    unknown = clone.run("init", "--yes", "--module", MODULE)
    assert unknown.returncode == 2
    assert "The GitHub repository cannot be told from what is here" in unknown.stderr
    assert "Pass it: --repository OWNER/NAME" in unknown.stderr
    assert set(clone.everything()) == set(ONE)
    done = clone.init()
    assert done.returncode == 0, done.stderr
    assert "GITHUBAPI" not in clone.read(".env")
    assert "so releases go to github.com/acme/shop" in done.text
    assert clone.rehearsed(done)["commit"] == clone.git("rev-parse", "main")
