"""The release step with the pipeline itself behind it: a branch that is named like the tag is never what is built."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.workflow import render
from tests.conftest import need
from tests.site import Site
from tests.workflow.conftest import CATALOGUE, Job, Step

# `dagger call release … --as-json` is `pipeline release … --json`.
DAGGER = """\
[ "$1 $2" = "call release" ] && [ "${{@: -1}}" = --as-json ] || exit 9
shift
exec {pipeline} "${{@:1:$#-1}}" --json --engine local
"""

SETTINGS = "GITHUBTOKEN=env://GITHUB_TOKEN\nGITHUBAPI={github_api}\nGITURL={git_url}\n"


@pytest.fixture
def release_job(site: Site, job: Job) -> Job:
    need("git", "buildah", "skopeo")
    checkout = job.home / "checkout"
    checkout.joinpath("services.toml").write_text(site.catalogue)
    checkout.joinpath("dagger.json").write_text("{}\n")
    checkout.joinpath(".env").write_text(SETTINGS.format_map(site.settings))
    job.program("dagger", DAGGER.format(pipeline=Path(sys.executable).with_name("pipeline")))
    return job


def test_the_tag_wins_over_a_branch_of_its_name(site: Site, release_job: Job, step: Step) -> None:
    tagged = site.monorepo.tag("vault/v0.9.0")
    site.monorepo.commit({"README.md": "not this\n"}, message="feat: not this", branch="vault/v0.9.0")
    report, code = run(site, release_job, step)
    assert (code, report["outcome"], report["commit"]) == (0, "released", tagged)


def test_a_branch_alone_is_refused(site: Site, release_job: Job, step: Step) -> None:
    site.monorepo.commit({"README.md": "not this\n"}, message="feat: not this", branch="vault/v0.9.0")
    report, code = run(site, release_job, step)
    assert (code, report["outcome"], report["error"]["kind"]) == (2, "refused", "tag-not-found")
    assert site.published() == {}


def run(site: Site, job: Job, step: Step) -> tuple[dict[str, Any], int]:
    release = step(render.render(CATALOGUE, ci="depot", kind="release"), "Release")
    variables = {"GITHUB_REF_NAME": "vault/v0.9.0", "GITHUB_TOKEN": site.tokens["github_token"]}
    done = job.run(release, XDG_CACHE_HOME=str(job.home / "cache"), **variables)
    return json.loads((job.home / "temp" / "report.json").read_text()), done.returncode
