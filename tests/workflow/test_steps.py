"""The shell steps of a workflow, run: with stand-ins for what they call, which tests the shell between them."""

import json
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path

from pipeline.workflow import pins, render
from tests.workflow.conftest import CATALOGUE, REPORT, Job, Step

# Writes down its arguments, then answers as `dagger` does: the answer on standard output, everything else on standard
# error, and an error at its end.
DAGGER = r"""
(IFS=$'\x1f'; echo "$*" >>"$CALLS")
case "$2" in
summary) exec cat "$4" ;;
esac
echo '1  : loading module' >&2
echo "$TOKENS" >&2
if [ -n "$FAILURE" ]; then
  { echo; echo "Error: FunctionError: $FAILURE [traceparent:0af7651916cd43dd-b7ad6b7169203331]"; } >&2
  exit 1
fi
echo "$ANSWER"
"""

SUMMARY = 'if [ "$2" = summary ]; then echo "the engine is gone" >&2; exit 1; fi; exit 1'


def archive(folder: Path) -> Path:
    """A released archive in miniature."""
    folder.joinpath("dagger").write_text("#!/bin/sh\necho dagger\n")
    folder.joinpath("dagger").chmod(0o755)
    with tarfile.open(folder / "release.tar.gz", "w:gz") as tar:
        tar.add(folder / "dagger", "dagger")
    return folder / "release.tar.gz"


def curl(job: Job, file: Path) -> None:
    """Let downloads give a file: the one after ``--output``, as `curl` takes it."""
    job.program(
        "curl", f'echo "${{@: -1}}" >>"$CALLS"\nwhile [ "$1" != --output ]; do shift; done\nexec cp {file} "$2"'
    )


def test_dagger_is_installed_when_the_checksum_is_right(
    job: Job, step: Step, release_workflow: str, tmp_path: Path
) -> None:
    file = archive(tmp_path)
    curl(job, file)
    done = job.run(step(release_workflow, "Install Dagger"), SHA256=sha256(file.read_bytes()).hexdigest())
    assert done.returncode == 0, done.stderr
    (folder,) = Path(job.variables["GITHUB_PATH"]).read_text().splitlines()
    assert subprocess.check_output([Path(folder) / "dagger"], text=True) == "dagger\n"
    version = pins.DAGGER.version
    release = f"https://github.com/dagger/dagger/releases/download/{version}/dagger_{version}_linux_amd64.tar.gz"
    assert job.calls == [[release]]


def test_another_archive_is_not_installed(job: Job, step: Step, release_workflow: str, tmp_path: Path) -> None:
    curl(job, archive(tmp_path))
    done = job.run(step(release_workflow, "Install Dagger"))
    assert done.returncode != 0
    assert not Path(job.variables["GITHUB_PATH"]).exists()
    assert not (tmp_path / "temp" / "bin").exists()


def test_the_call_is_the_one_a_person_makes(job: Job, step: Step, release_workflow: str, tmp_path: Path) -> None:
    job.program("dagger", DAGGER)
    done = job.run(step(release_workflow, "Release"), ANSWER=REPORT)
    assert done.returncode == 0
    assert job.calls == [["call", "release", "--tag", "api/v1.0.0", "--as-json"]]
    assert json.loads((tmp_path / "temp" / "report.json").read_text()) == json.loads(REPORT)
    assert "loading module" in done.stderr


def test_a_name_full_of_shell_stays_one_argument(job: Job, step: Step, release_workflow: str) -> None:
    job.program("dagger", DAGGER)
    name = "api/v1.0.0 * -$(touch${IFS}pwned);`id`\"'"
    job.run(step(release_workflow, "Release"), ANSWER=REPORT, GITHUB_REF_NAME=name)
    assert job.calls == [["call", "release", "--tag", name, "--as-json"]]
    assert not (job.home / "checkout" / "pwned").exists()


def test_the_report_becomes_a_summary(job: Job, step: Step, release_workflow: str) -> None:
    job.program("dagger", DAGGER)
    job.run(step(release_workflow, "Release"), ANSWER=REPORT)
    done = job.run(step(release_workflow, "Report"))
    assert done.returncode == 0
    assert job.calls[1] == ["call", "summary", "--report", f"{job.variables['RUNNER_TEMP']}/report.json"]
    assert json.loads(Path(job.variables["GITHUB_STEP_SUMMARY"]).read_text()) == json.loads(REPORT)


def test_a_failed_call_leaves_its_report_too(job: Job, step: Step, release_workflow: str, tmp_path: Path) -> None:
    job.program("dagger", DAGGER)
    failed = json.loads(REPORT) | {"outcome": "refused", "error": {"kind": "not-on-main", "message": "m", "next": "n"}}
    for document in (failed, [failed, failed]):
        done = job.run(step(release_workflow, "Release"), FAILURE=json.dumps(document, indent=2))
        assert done.returncode == 1
        assert job.run(step(release_workflow, "Report")).returncode == 0
        assert json.loads((tmp_path / "temp" / "report.json").read_text()) == document


def test_without_a_report_the_summary_says_so(job: Job, step: Step, release_workflow: str) -> None:
    job.program("dagger", SUMMARY)
    assert job.run(step(release_workflow, "Release")).returncode == 1
    assert job.run(step(release_workflow, "Report")).returncode == 0
    assert "There is no report" in Path(job.variables["GITHUB_STEP_SUMMARY"]).read_text()


def test_a_rehearsal_compares_the_merged_commit_with_the_branch_it_goes_to(job: Job, step: Step) -> None:
    job.program("dagger", DAGGER)
    rehearse = render.render(CATALOGUE, ci="github", kind="rehearse")
    done = job.run(step(rehearse, "Rehearse"), ANSWER="[]", GITHUB_BASE_REF="main", GITHUB_SHA="0" * 40)
    assert done.returncode == 0
    assert job.calls == [["call", "rehearse", "--base", "main", "--head", "0" * 40, "--as-json"]]
