"""What of a repository's GoReleaser configuration reaches GoReleaser, and what does not."""

import json

import pytest
from ruamel.yaml import YAML

from pipeline import process
from pipeline.binaries import config
from pipeline.binaries.config import Prepared, prepare
from pipeline.errors import BuildFailed
from pipeline.tag import Tag
from tests.binaries import tools
from tests.conftest import lack

TAG = Tag.parse("cli/v1.2.3")


def prepared(text: str, *, paid: bool = False) -> Prepared:
    return prepare(text, file=".goreleaser.yaml", tag=TAG, repository="acme/mono", paid=paid)


def read(text: str) -> dict[str, object]:
    told: dict[str, object] = YAML(typ="safe").load(prepared(text).text)
    return told


def refusal(text: str) -> BuildFailed:
    with pytest.raises(BuildFailed) as caught:
        prepared(text)
    return caught.value


def test_a_plain_configuration_is_tied_to_its_commit() -> None:
    told = read("version: 2\nbuilds:\n  - binary: x\n    ldflags: -X main.date={{ .Date }} -X main.v={{.Version}}\n")
    assert told["builds"] == [
        {
            "binary": "x",
            "ldflags": "-X main.date={{ .CommitDate }} -X main.v={{.Version}}",
            "mod_timestamp": "{{ .CommitTimestamp }}",
        }
    ]
    assert told["changelog"] == {"disable": True}
    assert told["release"] == {"disable": True, "github": {"owner": "acme", "name": "mono"}}


def test_without_builds_goreleasers_own_defaults_are_tied_to_the_commit() -> None:
    (build,) = read("version: 2\n")["builds"]  # type: ignore[misc]
    assert build["ldflags"] == [config.DEFAULT_LDFLAGS]  # type: ignore[has-type]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{{ .Date }}", "{{ .CommitDate }}"),
        ("{{.Timestamp}}", "{{.CommitTimestamp}}"),
        ("{{ .CommitDate }}", "{{ .CommitDate }}"),
        ("{{ .Env.Date }}", "{{ .Env.Date }}"),
        ("{{ .DateOfBirth }}", "{{ .DateOfBirth }}"),
        ("plain .Date", "plain .Date"),
    ],
)
def test_only_the_builds_own_moment_is_replaced(written: str, expected: str) -> None:
    assert read(json.dumps({"env": [f"A={written}"]}))["env"] == [f"A={expected}"]


def test_monorepo_and_npms_are_done_here() -> None:
    text = """\
monorepo: {tag_prefix: cli/, dir: cli}
npms:
  - {name: unkey, license: MIT}
archives:
  - files: [README.md, {src: NOTICE, info: {mode: 0644}}]
universal_binaries:
  - replace: true
"""
    told = prepared(text)
    assert told.npm == {"name": "unkey", "license": "MIT"}
    written = read(text)
    assert "monorepo" not in written
    assert "npms" not in written
    assert written["builds"][0]["dir"] == "cli"  # type: ignore[index]
    files = written["archives"][0]["files"]  # type: ignore[index]
    assert [file["src"] for file in files] == ["cli/README.md", "cli/NOTICE"]
    assert {file["info"]["mtime"] for file in files} == {"{{ .CommitDate }}"}
    assert written["universal_binaries"] == [{"replace": True, "mod_timestamp": "{{ .CommitTimestamp }}"}]


def test_what_publishes_elsewhere_is_left_out_and_named() -> None:
    told = prepared("brews: [{}]\nannounce: {slack: {enabled: true}}\ndockers: []\n")
    assert told.left_out == ("announce", "brews", "dockers")
    assert list(config.described(told.left_out)) == [
        "left out announce, brews, dockers: only the GitHub release and npm are published to"
    ]


def test_paid_keys_are_refused_by_name_and_let_through_with_a_key() -> None:
    text = "variables: {a: b}\nmsi: []\nnpms: [{name: x}]\n"
    said = refusal(text)
    assert "GoReleaser Pro knows: msi, variables." in said.message
    assert "monorepo and npms may stay" in said.next
    assert "variables" in prepared(text, paid=True).text
    assert "npms" not in prepared(text, paid=True).text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is not YAML"),
        ("", "is empty"),
        ("monorepo: {tag_prefix: other/}", "begin with 'other/', but this is cli/v1.2.3"),
        ("npms: [{name: a}, {name: b}]", "describes 2 npm packages"),
        ("dist: /tmp/x", "puts its output to '/tmp/x'"),
        ("dist: ../x", "puts its output to '../x'"),
    ],
)
def test_what_cannot_be_released(text: str, said: str) -> None:
    assert said in refusal(text).message


def test_the_lists_of_keys_fit_goreleasers_own_schema() -> None:
    try:
        program = tools.goreleaser()
    except tools.Missing as reason:
        lack(str(reason))
        return
    schema = json.loads(process.run_sync([str(program), "jsonschema"], timeout=60).stdout)
    known = set(schema["$defs"]["Project"]["properties"])
    assert known.isdisjoint(config.PAID | config.OURS.keys())
    assert known >= config.ELSEWHERE
