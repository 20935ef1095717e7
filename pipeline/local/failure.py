"""What a query can fail with. The server turns these into GraphQL errors, and the SDK into its own exceptions."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

NO_IMAGE_REF = (
    "Image reference can only be retrieved immediately after the 'Container.From' call. "
    "Error in fetching imageRef as the container image is changed"
)
"""The engine's words for an image that is not, or no longer, what a registry has."""


class Failure(Exception):
    """A query failed for a reason a person can act on; arrives in the SDK as `dagger.QueryError`.

    graphql-core copies ``extensions`` from the original exception into the error it reports.
    """

    extensions: Mapping[str, Any] = MappingProxyType({})


class ExecFailure(Failure):
    """A command in a container or a build ended with another exit code than zero; in the SDK `dagger.ExecError`.

    The extensions are those of the engine's ``ExecError`` (``core/schema``, ``dagql`` errors in dagger/dagger).
    """

    def __init__(self, message: str, *, cmd: Sequence[str], exit_code: int, stdout: str, stderr: str) -> None:
        super().__init__(message)
        self.extensions = {
            "_type": "EXEC_ERROR",
            "cmd": list(cmd),
            "exitCode": exit_code,
            "stdout": stdout,
            "stderr": stderr,
        }
