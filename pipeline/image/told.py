"""What a session said of a build that failed, as an error: a registry's, the Dockerfile's or the machine's."""

import re

import dagger

from pipeline.errors import BuildFailed, PipelineError
from pipeline.image import bases
from pipeline.image.inputs import Build

MEND = "Mend it and rehearse it: --dry-run. A tag that is pushed already needs a new version on the mended commit."

_LACKING = re.compile(r"(.* (?:does not know|cannot start))[;:] (.*)", re.DOTALL)
"""What a builder says of the machine and not of the Dockerfile, with the remedy behind it."""

_PULLING = re.compile(
    r"base image|source metadata|(reading|fetching) (blob|manifest)|copying system image|pinging container registry"
    r"|initializing source|failed to (copy:|do request)|httpreadseeker|unexpected status|unable to copy from source",
    re.IGNORECASE,
)
"""What a build says that did not get as far as the Dockerfile's own commands, because a registry failed it."""

_CALLED_OFF = "context canceled"
"""What a Dagger engine may say of one platform's build because another's failed: tried again, that one says why."""


def explain_failure(build: Build, platform: str, message: str) -> PipelineError:
    """What a session said of a build, as an error: a registry's, the Dockerfile's or the machine's."""
    if _PULLING.search(message):
        return bases.explain(_image_in(message), message)
    what, remedy = message.rstrip("."), MEND
    if lacking := _LACKING.fullmatch(what):
        what, remedy = lacking[1], f"{lacking[2][:1].upper()}{lacking[2][1:]}."
    return BuildFailed(
        f"{build.service.table.dockerfile} does not build for {platform}: {what}.",
        next=remedy,
        passing=_CALLED_OFF in message,
    )


def _image_in(message: str) -> str:
    """The image that a message is about, as far as it says."""
    named = re.search(r"(?:docker://)?([\w.-]+(?:[.:][\w.-]+)*/[\w./-]+(?::[\w.-]+)?)(@sha256:|:|\s|$)", message)
    return named[1] if named else "a base image"


def step_failed(build: Build, platform: str, error: dagger.ExecError) -> BuildFailed:
    """A command of the Dockerfile that failed, with the end of what it printed."""
    output = "\n".join(f"    {line}" for line in (error.stderr or error.stdout).strip().splitlines()[-20:])
    return BuildFailed(
        f"{build.service.table.dockerfile} does not build for {platform}: {' '.join(error.command)!r} ended with "
        f"exit code {error.exit_code}.\n{output}",
        next=MEND,
    )
