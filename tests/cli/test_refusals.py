"""Requests that are wrong in themselves: one clear message at once, exit code 2, and nothing looked up."""

from collections.abc import Sequence

import pytest

from tests.cli.terminal import Ended, Terminal

CATALOGUE = 'repository = "acme/unkey"\nregistry = "ghcr.io/acme"\n[services.vault]\n[services.api]\n'

MALFORMED = [
    "vault", "vault/0.4.0", "vault/v1.2", "vault/v1.2.3+build", "vault/v01.2.3", "Vault/v1.2.3", "", " vault/v1.2.3",
    "vault/v1.2.3 ", "vault/ v1.2.3", "-v", "--upload-pack=id/v1.2.3", "-vault/v1.2.3", "vault/v1.2.3\n",
    "vault/v1.2.3\x1b[31m", "vault/v1.2.3;id", "vault/v1.2.3$(id)", "`id`/v1.2.3", "vault/v1.2.3|id", "../v1.2.3",
    "refs/tags/vault/v1.2.3", "vault/v" + "1" * 10_000,
]  # fmt: skip


@pytest.fixture
def here(terminal: Terminal) -> Terminal:
    terminal.folder.joinpath("services.toml").write_text(CATALOGUE)
    return terminal


def assert_refused(ended: Ended, *words: str) -> None:
    """One message with a next step, on standard error, and nothing else."""
    assert (ended.exit_code, ended.stdout) == (2, "")
    message, next_step = ended.stderr.splitlines()
    assert next_step.startswith("Next: ")
    assert message.isprintable()
    assert len(message) < 500
    for word in words:
        assert word in ended.stderr


@pytest.mark.parametrize("tag", MALFORMED, ids=lambda tag: repr(tag[:30]))
def test_a_malformed_tag(here: Terminal, tag: str) -> None:
    assert_refused(here.run("release", f"--tag={tag}"), "is not a" if "+" not in tag else "build metadata")


def test_an_unknown_service(here: Terminal) -> None:
    assert_refused(here.run("release", "--tag", "vualt/v1.2.3"), "'vualt'", "Did you mean vault/v1.2.3?", "api, vault")


@pytest.mark.parametrize("verb", ["checkout", "verify-ancestry", "build", "push", "status"])
def test_every_verb_refuses_alike(here: Terminal, verb: str) -> None:
    ended = here.run(verb, "--tag", "vault/v1")
    assert_refused(ended, "'vault/v1'", "Did you mean vault/v1.0.0?")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("repository = \n", ("is not TOML", "line 1")),
        ('repository = "acme/unkey"\n', ("registry is missing",)),
        (CATALOGUE + "dokerfile = 1\n", ("line 5", "services.api.dokerfile", "Did you mean dockerfile?")),
        (CATALOGUE + "[services.api]\n", ("is not TOML", "line 5")),
    ],
)
def test_a_broken_catalogue(here: Terminal, text: str, words: Sequence[str]) -> None:
    here.folder.joinpath("services.toml").write_text(text)
    assert_refused(here.run("release", "--tag", "vault/v1.2.3"), "services.toml", *words)


def test_a_catalogue_that_is_not_there(terminal: Terminal) -> None:
    assert_refused(terminal.run("services"), "services.toml", "--config")
    assert_refused(terminal.run("services", "--config", "none.toml"), "'none.toml'", "--config")
    assert_refused(terminal.run("services", "--config", "."), "'.'")


def test_a_catalogue_that_is_not_text(here: Terminal) -> None:
    here.folder.joinpath("services.toml").write_bytes(b"\xff\xfe")
    assert_refused(here.run("services"), "UTF-8")


NONSENSE = [
    (("release",), "--tag", "`pipeline release --help`"),
    (("release", "--tag"), "--tag", "`pipeline release --help`"),
    (("release", "--tag", "vault/v1.2.3", "--dry"), "--dry", "Did you mean --dry-run, --ref?"),
    (("release", "--tag", "vault/v1.2.3", "--engine", "docker"), "docker", "`pipeline release --help`"),
    (("confirm", "--tag", "vault/v1.2.3", "--within", "soon"), "soon", "`pipeline confirm --help`"),
    (("releases",), "releases", "Did you mean 'release', 'rehearse'?"),
    (("release", "--tag", "vault/v1.2.3", "more\x1b[31m"), "more\\x1b[31m", "`pipeline release --help`"),
    (("--colour", "services"), "--colour", "`pipeline --help`"),
    (("tag",), "SERVICE", "`pipeline tag --help`"),
]
"""Command lines that the option parser refuses, with what the message and the next step say."""


@pytest.mark.parametrize(("arguments", "word", "advice"), NONSENSE)
def test_a_command_line_that_makes_no_sense(here: Terminal, arguments: Sequence[str], word: str, advice: str) -> None:
    assert_refused(here.run(*arguments), word, advice)


@pytest.mark.parametrize(("arguments", "word", "advice"), NONSENSE)
def test_it_makes_no_sense_in_json_either(here: Terminal, arguments: Sequence[str], word: str, advice: str) -> None:
    verb, *rest = arguments
    ended = here.run(verb, "--json", *rest)
    assert (ended.exit_code, ended.stderr) == (2, "")
    assert ended.json["error"].keys() == {"kind", "message", "next"}
    if verb != "--colour":
        assert ended.json["error"]["kind"] == "bad-flag"
        assert word in ended.json["error"]["message"]
        assert advice in ended.json["error"]["next"]


def test_the_report_of_a_release_that_makes_no_sense(here: Terminal) -> None:
    ended = here.run(
        "release", "--tag=vault/v1.2.3", "--tag", "api/v1.0.0", "--dry-run", "--json", "--engine", "docker"
    )
    report = ended.json
    assert (report["tag"], report["dry_run"], report["outcome"]) == ("vault/v1.2.3,api/v1.0.0", True, "refused")
    assert {stage["outcome"] for stage in report["stages"]} == {"not-reached"}


def test_no_arguments_at_all_show_the_help(here: Terminal) -> None:
    ended = here.run()
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "release" in ended.stderr


def test_a_ref_without_a_rehearsal(here: Terminal) -> None:
    ended = here.run("release", "--tag", "vault/v1.2.3", "--ref", "main", "--engine", "local")
    assert ended.exit_code == 2
    assert "--dry-run" in ended.said


@pytest.mark.parametrize("value", ["ghp_verysecret", "ghp_verysecret://x", "op://vault/item"])
def test_a_secret_that_is_no_reference_is_not_repeated(here: Terminal, value: str) -> None:
    ended = here.run("verify-ancestry", "--tag", "vault/v1.2.3", "--github-token", value)
    assert_refused(ended, "--github-token", "env://NAME")
    assert value not in ended.said


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("release", "--tag", "vault"), "bad-tag"),
        (("release", "--tag", "nope/v1.0.0"), "unknown-service"),
        (("build", "--tag", "vault"), "bad-tag"),
        (("services", "--config", "none.toml"), "bad-catalogue"),
        (("release", "--tag", "vault/v1.0.0", "--config", "none.toml"), "bad-catalogue"),
    ],
)
def test_json_is_one_document_and_nothing_else(here: Terminal, arguments: Sequence[str], kind: str) -> None:
    ended = here.run(*arguments, "--json")
    assert (ended.exit_code, ended.stderr) == (2, "")
    assert ended.json["error"]["kind"] == kind
    assert ended.json["error"].keys() == {"kind", "message", "next"}
    if arguments[0] == "release":
        assert ended.json["outcome"] == "refused"
        assert {stage["outcome"] for stage in ended.json["stages"]} == {"not-reached"}


def test_dagger_is_asked_for_and_not_there(here: Terminal, path_without: object) -> None:
    from dataclasses import replace

    assert callable(path_without)
    bare = replace(here, path=path_without())
    ended = bare.run("release", "--tag", "vault/v1.2.3", "--engine", "dagger")
    assert (ended.exit_code, ended.stdout) == (4, "")
    assert "dagger" in ended.stderr
    assert "https://docs.dagger.io/install" in ended.stderr
