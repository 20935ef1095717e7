"""What is told of a command that failed in a build: its own words, and none of buildah's."""

import pytest

from pipeline.local.build_failure import explained
from pipeline.local.failure import ExecFailure

FAILED = 'Error: building at STEP "RUN make": exit status 2'


@pytest.mark.parametrize(
    "printed",
    [
        f"no rule to make it\n\nstop\nsubprocess exited with status 2\nsubprocess exited with status 2\n{FAILED}",
        # A command's last line need not have an end.
        f"no rule to make it\n\nstop{FAILED}",
    ],
)
def test_what_a_command_printed_is_told_without_what_buildah_adds(printed: str) -> None:
    output = f"STEP 1/3: FROM base\nSTEP 2/3: RUN true\nbefore\nSTEP 3/3: RUN make\n{printed}\n"
    failure = explained(output, "Dockerfile", "FROM base\nRUN true\nRUN make\n", "1.28.2")
    assert isinstance(failure, ExecFailure)
    assert failure.extensions["stderr"] == "no rule to make it\n\nstop"
