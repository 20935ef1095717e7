"""The report of a run: one JSON document, or lines for a person."""

import json

import pytest

from pipeline.errors import BadTag, GithubUnavailable, NotOnMain, PipelineError
from pipeline.report import (
    STAGES,
    ErrorReport,
    ImageReport,
    ReleaseReport,
    Report,
    RunOutcome,
    StageReport,
    outcome_of,
    rejected,
)


def report(outcome: RunOutcome, **changes: object) -> Report:
    values = {
        "tag": "vault/v0.4.0",
        "service": "vault",
        "version": "0.4.0",
        "prerelease": False,
        "dry_run": False,
        "commit": "408e57" + "0" * 34,
        "outcome": outcome,
        "image": ImageReport(reference="ghcr.io/unkeyed/vault:v0.4.0", digest="sha256:12", platforms=("linux/amd64",)),
        "release": ReleaseReport(url="https://github.com/r", prerelease=False, latest=True),
        "stages": (StageReport(name="resolve", outcome="done", seconds=0.21, detail="found"),),
        **changes,
    }
    return Report(**values)  # type: ignore[arg-type]


def test_json_has_the_fields_that_others_build_on() -> None:
    document = json.loads(report("released").json())
    assert document == {
        "tag": "vault/v0.4.0",
        "service": "vault",
        "version": "0.4.0",
        "prerelease": False,
        "dry_run": False,
        "commit": "408e57" + "0" * 34,
        "outcome": "released",
        "image": {
            "reference": "ghcr.io/unkeyed/vault:v0.4.0",
            "digest": "sha256:12",
            "platforms": ["linux/amd64"],
        },
        "release": {"url": "https://github.com/r", "prerelease": False, "latest": True},
        "stages": [{"name": "resolve", "outcome": "done", "seconds": 0.21, "detail": "found"}],
    }


def test_json_of_a_refusal_says_why_and_what_next() -> None:
    error = NotOnMain("vault/v0.4.0 is not on main.", next="Merge it.")
    document = json.loads(report("refused", error=ErrorReport.of(error)).json())
    assert document["error"] == {
        "kind": "not-on-main",
        "message": "vault/v0.4.0 is not on main.",
        "next": "Merge it.",
    }


def test_text_says_what_came_out() -> None:
    text = report("released").text()
    assert text.startswith("vault/v0.4.0: released.\n")
    for word in ("ghcr.io/unkeyed/vault:v0.4.0@sha256:12", "linux/amd64", "https://github.com/r", "latest"):
        assert word in text
    assert "pre-release" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_text_of_a_rehearsal_says_that_nothing_was_done() -> None:
    text = report(
        "rehearsed",
        dry_run=True,
        image=ImageReport(reference="ghcr.io/unkeyed/vault:v0.4.0", digest=None, platforms=("linux/amd64",)),
        release=ReleaseReport(url=None, prerelease=True, latest=False),
    ).text()
    assert "nothing was pushed and no release was made" in text
    assert "pre-release" in text
    for word in ("@", "None", "latest"):
        assert word not in text


def test_text_of_a_refusal_says_where_why_and_ends_with_the_next_step() -> None:
    error = NotOnMain("vault/v0.4.0 is not on main.", next="Merge it.")
    stages = (
        StageReport(name="resolve", outcome="done", seconds=0.2, detail=""),
        StageReport(name="verify-ancestry", outcome="refused", seconds=0.2, detail="off main"),
        StageReport(name="build", outcome="not-reached", seconds=0.0, detail=""),
    )
    lines = report("refused", error=ErrorReport.of(error), stages=stages).text().splitlines()
    assert lines == ["vault/v0.4.0: refused at verify-ancestry. vault/v0.4.0 is not on main.", "Next: Merge it."]


@pytest.mark.parametrize("outcome", ["released", "already-released", "rehearsed", "refused", "failed"])
def test_every_outcome_has_a_sentence(outcome: RunOutcome) -> None:
    assert "vault/v0.4.0: " in report(outcome).text()


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (BadTag("x", next="y"), "refused"),
        (NotOnMain("x", next="y"), "refused"),
        (GithubUnavailable("x", next="y"), "failed"),
        (PipelineError("x", next="y"), "failed"),
    ],
)
def test_a_rule_refuses_and_a_fault_fails(error: PipelineError, outcome: RunOutcome) -> None:
    assert outcome_of(error) == outcome
    run = rejected("vault", error, dry_run=True)
    assert (run.outcome, run.dry_run, run.tag, run.service, run.commit) == (outcome, True, "vault", None, None)
    assert [stage.name for stage in run.stages] == list(STAGES)
    assert {stage.outcome for stage in run.stages} == {"not-reached"}
    json.loads(run.json())
