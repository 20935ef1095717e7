"""`init` where something is there already: nothing is lost, and nothing is done twice."""

import json

import pytest

from pipeline.catalogue import Catalogue
from pipeline.workflow import render
from tests.cli.init.stranger import MODULE, Clone, MakeClone

FILES = {
    "services/shop/Dockerfile": "FROM {base}\nCOPY . /srv\n",
    "services/shop/shop.txt": "shop\n",
    "services/mail/Dockerfile": "FROM {base}\nCOPY . /srv\n",
    "services/mail/mail.txt": "mail\n",
}


@pytest.fixture
def clone(clone_of: MakeClone) -> Clone:
    return clone_of(FILES)


def test_what_is_written(clone_of: MakeClone) -> None:
    clone = clone_of(FILES, "shop/v1.4.0", "shop/v1.5.0-rc.1", "legacy/v0.1.0")
    done = clone.init("--service", "shop")
    assert "Nothing here builds what the tags legacy/v… are of" in done.text
    assert "pipeline release --tag shop/v1.5.0 --dry-run --ref main" in done.text
    assert json.loads(clone.read("dagger.json"))["blueprint"] == {"name": "pipeline", "source": MODULE}
    assert clone.read(".env").splitlines()[1:] == [
        "GITHUBTOKEN=env://GITHUB_TOKEN",
        "REGISTRYTOKEN=env://REGISTRY_TOKEN",
    ]
    catalogue = Catalogue.parse(clone.read("services.toml"))
    for kind in render.KINDS:
        assert clone.read(render.path("github", kind)) == render.render(catalogue, ci="github", kind=kind)


def test_a_second_run_needs_no_flags_and_changes_nothing(clone: Clone) -> None:
    first = clone.init("--for", "depot")
    before = clone.everything()
    for again in (clone.run("init", "--yes"), clone.run("init"), clone.init("--for", "depot")):
        assert again.returncode == 0, again.stderr
        assert "Nothing changed: all is there." in again.text
        assert "wrote" not in again.text
        assert again.text.splitlines()[-1] == first.text.splitlines()[-1]
    assert clone.everything() == before


def test_hand_edits_stay(clone: Clone) -> None:
    assert clone.init("--service", "shop").returncode == 0
    clone.write(
        "services.toml", clone.read("services.toml").replace("[services.shop]", "[services.shop]\nlatest = false")
    )
    clone.write("dagger.json", clone.read("dagger.json").replace('"release"', '"mine"'))
    clone.write(".env", clone.read(".env").replace("REGISTRYTOKEN=env://REGISTRY_TOKEN\n", ""))
    before = clone.everything()
    again = clone.run("init", "--yes")
    assert (again.returncode, clone.everything() == before) == (0, True), again.stderr
    assert "[services.mail]" in again.text


def test_a_workflow_that_was_edited_is_not_written_over(clone: Clone) -> None:
    assert clone.init().returncode == 0
    path = ".github/workflows/release.yaml"
    made = clone.read(path)
    clone.write(path, made + "# mine\n")
    clone.folder.joinpath(".github/workflows/rehearse.yaml").unlink()
    before = clone.everything()
    again = clone.run("init", "--yes")
    assert (again.returncode, f"{path} would be overwritten" in again.stderr) == (3, True)
    assert clone.everything() == before
    remedy = again.stderr.strip().partition("changes: pipeline ")[2]
    assert clone.run(*remedy.split()).returncode == 0
    assert clone.read(path) == made


def test_a_workflow_of_somebody_else_is_not_written_over(clone: Clone) -> None:
    path = ".github/workflows/release.yaml"
    clone.write(path, "name: release\n")
    before = clone.everything()
    done = clone.init()
    assert (done.returncode, f"{path} would be overwritten, and was not made by" in done.stderr) == (3, True)
    assert clone.everything() == before
    clone.folder.joinpath(path).rename(clone.folder / ".github/workflows/other.yaml")
    assert clone.init().returncode == 0


@pytest.mark.parametrize(
    ("flag", "value", "file"),
    [
        ("--repository", "acme/other", "services.toml"),
        ("--registry", "ghcr.io/other", "services.toml"),
        ("--main", "trunk", "services.toml"),
        ("--module", "github.com/acme/pipeline@v2.0.0", "dagger.json"),
    ],
)
def test_a_flag_that_what_is_there_contradicts_is_refused(clone: Clone, flag: str, value: str, file: str) -> None:
    assert clone.init().returncode == 0
    before = clone.everything()
    again = clone.run("init", "--yes", flag, value)
    assert (again.returncode, f"{flag} '{value}' is not what {file} says" in again.stderr) == (3, True), again
    assert clone.everything() == before
    assert clone.run("init", "--yes", "--force", flag, value).returncode == 0
    assert value in clone.read(file)


def test_a_catalogue_of_something_else_stays(clone: Clone) -> None:
    clone.write("services.toml", "# mine\n")
    clone.write(".env", "SECRET=1\ngithub_token=env://MINE")
    done = clone.init()
    assert (done.returncode, "services.toml is there, and is no catalogue of services" in done.stderr) == (3, True)
    assert not clone.folder.joinpath("dagger.json").exists()
    assert clone.init("--force").returncode == 0
    assert set(clone.services()) == {"mail", "shop"}
    lines = clone.read(".env").splitlines()
    assert lines[:2] == ["SECRET=1", "github_token=env://MINE"]
    assert [line for line in lines[2:] if not line.startswith("#")] == ["REGISTRYTOKEN=env://REGISTRY_TOKEN"]


def test_a_module_of_ones_own_stays(clone: Clone) -> None:
    clone.write("dagger.json", '{"name": "ci", "sdk": {"source": "go"}}\n')
    before = clone.everything()
    done = clone.init()
    assert (done.returncode, "dagger.json is there, and describes another module" in done.stderr) == (3, True)
    assert clone.everything() == before


def test_an_ignored_env_is_told(clone: Clone) -> None:
    clone.write(".gitignore", ".env\n")
    assert ".env is ignored by git, but CI reads it" in clone.init().text
