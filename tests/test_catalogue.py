"""``services.toml``: what it may say, and what each mistake is told."""

import json
import tomllib
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalogue import Catalogue
from pipeline.errors import BadCatalogue, UnknownService
from pipeline.services.tables import PLATFORMS, json_schema
from pipeline.tag import Tag

SHIPPED = Path(__file__).parents[1] / "services.toml"

HEAD = """\
repository = "unkeyed/unkey"
registry = "ghcr.io/unkeyed"
"""

WHOLE = """\
repository = "unkeyed/unkey"
registry = "localhost:5000/unkeyed/images"
main = "trunk"
platforms = ["linux/amd64", "linux/arm64"]
prereleases_off_main = true

[infra]
repository = "unkeyed/infra"
values = "charts/{service}/values.yaml"
[infra.pins]
production001 = "promotions/production001/{service}.yaml"

[services.vault]
dockerfile = "svc/vault/Dockerfile"
context = "svc/vault"
target = "final"
build_args = { GO_FLAGS = "-trimpath" }
platforms = ["linux/arm64"]
paths = ["svc/vault", "pkg"]
latest = false
labels = { "dev.unkey.team" = "secrets" }

[services.api]

[services.cli]
kind = "cli"
goreleaser = "cli/.goreleaser.yaml"
npm = "@unkey/cli"
"""


def test_everything_that_can_be_said() -> None:
    catalogue = Catalogue.parse(WHOLE)
    assert (catalogue.main, catalogue.prereleases_off_main) == ("trunk", True)
    assert list(catalogue.services) == ["vault", "api", "cli"]
    vault, api = catalogue.services["vault"], catalogue.services["api"]
    assert (vault.platforms, api.platforms) == (("linux/arm64",), ("linux/amd64", "linux/arm64"))
    assert vault.table.labels == {"dev.unkey.team": "secrets"}
    assert (vault.table.latest, api.table.latest) == (False, True)
    assert (api.kind, catalogue.services["cli"].kind) == ("image", "cli")
    assert catalogue.image("vault") == "localhost:5000/unkeyed/images/vault"
    assert catalogue.infra is not None
    assert catalogue.infra.pins == {"production001": "promotions/production001/{service}.yaml"}


def test_the_least_that_must_be_said() -> None:
    catalogue = Catalogue.parse(HEAD + "[services.vault]\n")
    assert (catalogue.main, catalogue.prereleases_off_main, catalogue.infra) == ("main", False, None)
    vault = catalogue.services["vault"]
    assert (vault.platforms, vault.table.dockerfile, vault.table.context) == (("linux/amd64",), "Dockerfile", ".")


def test_the_shipped_catalogue() -> None:
    catalogue = Catalogue.parse(SHIPPED.read_text())
    assert list(catalogue.services) == [
        "api", "frontline", "vault", "heimdall", "krane", "control-api", "control-worker", "cli",
    ]  # fmt: skip
    assert [name for name, service in catalogue.services.items() if service.kind == "cli"] == ["cli"]
    assert catalogue.image("vault") == "ghcr.io/unkeyed/vault"


def test_the_service_of_a_tag() -> None:
    catalogue = Catalogue.parse(WHOLE)
    assert catalogue.service_of(Tag.parse("vault/v1.0.0")).name == "vault"
    with pytest.raises(UnknownService, match="'vaults'"):
        catalogue.service_of(Tag.parse("vaults/v1.0.0"))


@pytest.mark.parametrize(
    ("text", "where", "message", "right"),
    [
        (HEAD + "[services.vault\n", "services.toml is not TOML", "line 3", "toml.io"),
        ("", "services.toml: repository", "is missing", "Add repository"),
        (HEAD, "services.toml: services", "is missing", "Add a table [services.NAME]"),
        ('registry = "ghcr.io/x"\n[services.a]\n', "services.toml: repository", "is missing", "Add repository"),
        (HEAD + "[services]\n", "line 3: services", "is empty", "[services.NAME]"),
        (HEAD + 'services = ["vault"]\n', "line 3: services", "wrong value", "It takes a table"),
        (HEAD + "[services]\nvault = 1\n", "line 4: services.vault", "is '1'", "It takes a table"),
        (HEAD + 'man = "main"\n[services.a]\n', "line 3: man", "not a key", "Did you mean main?"),
        (HEAD + '[services.a]\ndokerfile = "x"\n', "line 4: services.a.dokerfile", "not a key", "mean dockerfile?"),
        (HEAD + "[services.a]\n[limits]\nbuild = -1\n", "line 5: limits.build", "is '-1'", "It takes a number > 0.0."),
        (HEAD + "[services.a]\n[limits]\nattempts = 'x'\n", "line 5: limits.attempts", "is 'x'", "a whole number"),
        (HEAD + "[services.a]\nlatest = 'no'\n", "line 4: services.a.latest", "is 'no'", "It takes true or false"),
        (HEAD + "[services.a]\nbuild_args = { N = 1 }\n", "line 4: services.a.build_args", "wrong value", "takes text"),
        (HEAD + "[services.a]\nkind = 'binary'\n", "line 4: services.a.kind", "'binary'", "image, cli"),
        (HEAD + "[services.a]\ndockerfile = ''\n", "line 4: services.a.dockerfile", "is ''", "length >= 1"),
        ('repository = "unkey"\nregistry = "x"\n[services.a]\n', "line 1: repository", "'unkey'", "unkeyed/unkey"),
        (
            'repository = "a/b"\nregistry = "https://ghcr.io/x"\n[services.a]\n',
            "line 2: registry", "'https://ghcr.io/x'", "ghcr.io/unkeyed",
        ),
        (HEAD + 'main = "refs heads"\n[services.a]\n', "line 3: main", "'refs heads'", '"main"'),
        (HEAD + 'main = "a..b"\n[services.a]\n', "line 3: main", "'a..b'", '"main"'),
        (HEAD + "platforms = []\n[services.a]\n", "line 3: platforms", "is empty", '["linux/amd64"]'),
        (HEAD + 'platforms = ["linux/amd46"]\n[services.a]\n', "line 3: platforms", "'linux/amd46'", "linux/amd64?"),
        (HEAD + 'platforms = ["amd64"]\n[services.a]\n', "line 3: platforms", "'amd64'", "linux/amd64"),
        (
            HEAD + 'platforms = ["linux/amd64", "linux/amd64"]\n[services.a]\n',
            "line 3: platforms", "'linux/amd64' twice", "once",
        ),
        (
            HEAD + '[services.a]\nplatforms = [\n  "linux/amd64",\n  "windows/amd64",\n]\n',
            "line 4: services.a.platforms", "'windows/amd64'", "linux/amd64",
        ),
        (HEAD + '[services.Vault]\n', "line 3: services.Vault", "tag namespace", "Lower-case"),
        (HEAD + '[services."a/b"]\n', "line 3: services.a/b", "tag namespace", "Lower-case"),
        (HEAD + '[services.""]\n', "line 3: services.", "tag namespace", "Lower-case"),
        (HEAD + '[services.a]\ncontext = "/srv"\n', "line 4: services.a.context", "'/srv'", "relative"),
        (HEAD + '[services.a]\ndockerfile = "../D"\n', "line 4: services.a.dockerfile", "'../D'", "relative"),
        (HEAD + '[services.a]\ndockerfile = "-f"\n', "line 4: services.a.dockerfile", "'-f'", "relative"),
        (HEAD + '[services.a]\npaths = ["svc", "../x"]\n', "line 4: services.a.paths", "'../x'", "relative"),
        (
            HEAD + '[services.a]\nbuild_args = { VERSION = "1" }\n',
            "line 4: services.a.build_args.VERSION", "set by every release", "Leave it out",
        ),
        (HEAD + '[services.a]\nkind = "cli"\n', "line 3: services.a.npm", "is missing", 'npm = "…"'),
        (HEAD + '[services.a]\nnpm = "x"\n', "line 4: services.a.npm", 'kind "image"', "Remove it"),
        (
            HEAD + '[services.a]\nkind = "cli"\nnpm = "x"\ntarget = "y"\n',
            "line 6: services.a.target", 'kind "cli"', "Remove it",
        ),
        (
            HEAD + '[services.a]\nkind = "cli"\nnpm = "x"\n[services.b]\nkind = "cli"\nnpm = "x"\n',
            "line 8: services.b.npm", "'x' is a's already", "One npm package",
        ),
        (
            HEAD + '[services.a]\n[infra]\nrepository = "a/b"\nvalues = "values.yaml"\n',
            "line 6: infra.values", "the same file for every service", "{service}",
        ),
        (
            HEAD + '[services.a]\n[infra]\nrepository = "a/b"\nvalues = "{service}"\n[infra.pins]\np = "/{service}"\n',
            "line 8: infra.pins.p", "leaves the monorepo", "relative",
        ),
        (HEAD + '[services.a]\n[infra]\nvalues = "{service}"\n', "line 4: infra.repository", "missing", "Add rep"),
        (HEAD + '[services.a]\n[services.a]\n', "is not TOML", "line 4", "toml.io"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_by_key_line_and_remedy(text: str, where: str, message: str, right: str) -> None:
    with pytest.raises(BadCatalogue) as refusal:
        Catalogue.parse(text)
    error = refusal.value
    assert error.exit_code == 2
    assert where in error.message
    assert message in error.message + error.next
    assert right in error.next
    assert "\n" not in error.message
    assert "`" not in error.message + error.next
    assert "$" not in error.message + error.next


def test_the_file_is_called_what_the_person_calls_it() -> None:
    with pytest.raises(BadCatalogue, match=r"ci/our\.toml, line 3: services is empty"):
        Catalogue.parse(HEAD + "[services]\n", name="ci/our.toml")


TOML_VALUES = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.text("ab/.-{}v\\é", max_size=8) | st.just(1.5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.-é", max_size=4), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from([
    "repository", "registry", "main", "platforms", "services.a", "services.a.kind", "services.a.paths",
    "services.a.build_args", "services.a.labels", "infra", "infra.pins", "services", "other",
])  # fmt: skip


@given(st.dictionaries(KEYS, TOML_VALUES, max_size=4))
def test_no_toml_crashes(values: dict[str, object]) -> None:
    text = "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())
    _parses(HEAD + text)
    _parses(text)


@given(st.text())
def test_no_text_crashes(text: str) -> None:
    _parses(text)


def test_the_schema_is_the_one_that_the_code_says() -> None:
    shipped = json.loads(files("pipeline").joinpath("services.schema.json").read_text())
    assert shipped == json.loads(json.dumps(json_schema())), "run python -m pipeline.cli.derive"


@pytest.mark.parametrize("text", [WHOLE, HEAD + "[services.a]\n", SHIPPED.read_text()])
def test_the_schema_takes_what_the_code_takes(text: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    jsonschema.validate(tomllib.loads(text), json_schema())


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD + "[services.a]\ndokerfile = 'x'\n",
        HEAD + "[services.a]\nkind = 'binary'\n",
        HEAD + "[services.a]\nplatforms = 'linux/amd64'\n",
        HEAD + "platforms = ['amd64']\n[services.a]\n",
        'repository = "unkey"\nregistry = "x"\n[services.a]\n',
    ],
)
def test_the_schema_refuses_what_the_code_refuses(text: str) -> None:
    assert not _parses(text)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), json_schema())


def test_editors_are_shown_where_the_schema_is() -> None:
    first = SHIPPED.read_text().splitlines()[0]
    assert first.startswith("#:schema ")
    assert (SHIPPED.parent / first.removeprefix("#:schema ")).is_file()


def test_known_platforms_are_spelled_as_in_the_schema() -> None:
    catalogue = Catalogue.parse(HEAD + f"platforms = {json.dumps(PLATFORMS)}\n[services.a]\n")
    assert catalogue.services["a"].platforms == PLATFORMS


def _parses(text: str) -> bool:
    try:
        Catalogue.parse(text)
    except BadCatalogue:
        return False
    return True


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)
