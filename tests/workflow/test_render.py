"""The workflows themselves: what starts them, what they may do, and that the committed ones are the catalogue's."""

import json
import re
from pathlib import Path

import pytest

from pipeline.catalogue import Catalogue
from pipeline.errors import BadFlag
from pipeline.workflow import pins, render
from tests.workflow.actionlint import actionlint
from tests.workflow.conftest import CATALOGUE, ROOT, parsed, steps

ALL = [(ci, kind) for ci in render.CIS for kind in render.KINDS]


def matches(pattern: str, name: str) -> bool:
    """Match as workflow filters do: ``*`` stays within a path component, ``+`` repeats, a dot is a dot."""
    expression = re.escape(pattern).replace(r"\*", "[^/]*").replace(r"\[", "[").replace(r"\]", "]")
    return re.fullmatch(expression.replace(r"\-", "-").replace(r"\+", "+"), name) is not None


def started_by(tag: str) -> list[str]:
    patterns = parsed(render.render(CATALOGUE, ci="depot", kind="release"))["on"]["push"]["tags"]
    return [pattern.partition("/")[0] for pattern in patterns if matches(pattern, tag)]


@pytest.mark.parametrize("tag", ["api/v1.2.3", "api/v0.4.0-rc.1", "control-api/v10.20.30", "cli/v2.0.0-beta"])
def test_a_release_tag_starts_its_own_namespace(tag: str) -> None:
    assert started_by(tag) == [tag.partition("/")[0]]


@pytest.mark.parametrize(
    "tag", ["v1.2.3", "api/1.2.3", "api/v1.2", "api/v1.2.3/again", "team/api/v1.2.3", "web/v1.2.3", "api/vx.y.z"]
)
def test_nothing_else_starts_a_release(tag: str) -> None:
    assert started_by(tag) == []


@pytest.mark.parametrize("kind", render.KINDS)
def test_the_committed_workflows_are_what_the_catalogue_makes(kind: render.Kind) -> None:
    catalogue = Catalogue.parse(ROOT.joinpath("services.toml").read_text())
    path = render.path("depot", kind)
    again = f"pipeline workflow --kind {kind} --output {path}"
    assert ROOT.joinpath(path).read_text() == render.render(catalogue, ci="depot", kind=kind), again


@pytest.mark.parametrize(("ci", "kind"), ALL)
def test_actionlint_has_nothing_to_say(ci: render.Ci, kind: render.Kind, tmp_path: Path) -> None:
    workflow = tmp_path / f"{kind}.yaml"
    workflow.write_text(render.render(CATALOGUE, ci=ci, kind=kind))
    assert actionlint(workflow) == ""


def test_actionlint_does_look(tmp_path: Path) -> None:
    workflow = tmp_path / "release.yaml"
    workflow.write_text(render.render(CATALOGUE, ci="depot", kind="release").replace("ref_type", "ref_kind"))
    assert "ref_kind" in actionlint(workflow)


def test_a_release_may_write_packages_and_contents_and_no_more(release_workflow: str) -> None:
    workflow = parsed(release_workflow)
    assert workflow["permissions"] == {"contents": "write", "packages": "write"}
    assert "permissions" not in workflow["jobs"]["release"]


@pytest.mark.parametrize("ci", render.CIS)
def test_a_rehearsal_may_only_read(ci: render.Ci) -> None:
    text = render.render(CATALOGUE, ci=ci, kind="rehearse")
    assert parsed(text)["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in text
    assert re.findall(r"secrets\.(\w+)", text) == ["GITHUB_TOKEN"]


def test_a_release_is_never_cancelled_and_waits_only_for_its_own_tag(release_workflow: str) -> None:
    assert parsed(release_workflow)["concurrency"] == {
        "group": "release-${{ github.ref }}",
        "cancel-in-progress": False,
    }


def test_a_branch_named_like_a_tag_is_not_released(release_workflow: str) -> None:
    workflow = parsed(release_workflow)
    assert set(workflow["on"]) == {"push"}
    assert set(workflow["on"]["push"]) == {"tags"}
    assert workflow["jobs"]["release"]["if"] == "github.ref_type == 'tag'"


@pytest.mark.parametrize(("ci", "kind"), ALL)
def test_nothing_is_interpolated_into_a_shell(ci: render.Ci, kind: render.Kind) -> None:
    assert [
        step["run"] for step in steps(render.render(CATALOGUE, ci=ci, kind=kind)) if "${{" in step.get("run", "")
    ] == []


@pytest.mark.parametrize(("ci", "kind"), ALL)
def test_actions_are_pinned_by_commit(ci: render.Ci, kind: render.Kind) -> None:
    used = [step["uses"] for step in steps(render.render(CATALOGUE, ci=ci, kind=kind)) if "uses" in step]
    assert len(used) == 2
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)


@pytest.mark.parametrize(("ci", "kind"), ALL)
def test_the_checkout_leaves_no_token_behind(ci: render.Ci, kind: render.Kind) -> None:
    checkout = steps(render.render(CATALOGUE, ci=ci, kind=kind))[0]
    assert (checkout["name"], checkout["with"]) == ("Check out", {"persist-credentials": False})


def test_the_dagger_command_is_the_one_that_the_module_names() -> None:
    assert json.loads(ROOT.joinpath("dagger.json").read_text())["engineVersion"] == pins.DAGGER.version


@pytest.mark.parametrize("secret", ["NPM_TOKEN", "GORELEASER_KEY"])
def test_what_publishes_binaries_is_only_there_for_their_tags(release_workflow: str, secret: str) -> None:
    (release,) = [step for step in steps(release_workflow) if step["name"] == "Release"]
    assert release["env"][secret] == f"${{{{ (startsWith(github.ref_name, 'cli/')) && secrets.{secret} || '' }}}}"


@pytest.mark.parametrize(("ci", "kind"), [("jenkins", "release"), ("depot", "deploy"), ("", "")])
def test_another_ci_or_kind_is_refused(ci: str, kind: str) -> None:
    with pytest.raises(BadFlag, match="is unknown"):
        render.render(CATALOGUE, ci=ci, kind=kind)
