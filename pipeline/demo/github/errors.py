"""The answers GitHub gives when it refuses a request.

https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

DOCUMENTATION = "https://docs.github.com/rest"


class ApiError(Exception):
    """A request that is answered with an error: its status, message, and the fields that were wrong."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return the answer, as GitHub writes it."""
        body: dict[str, Any] = {"message": str(self)}
        if self.errors is not None:
            body["errors"] = self.errors
        body |= {"documentation_url": DOCUMENTATION, "status": str(self.status)}
        return JSONResponse(body, status_code=self.status, headers=self.headers)


def not_found() -> ApiError:
    """Return the answer for what is not there, or not for this caller to know of."""
    return ApiError(404, "Not Found")


def invalid(resource: str, field: str | None, code: str, message: str | None = None) -> dict[str, Any]:
    """One entry of a validation error: ``code`` is ``invalid``, ``already_exists``, ``missing_field`` or ``custom``."""
    entry = {"resource": resource, "code": code, "field": field, "message": message}
    return {key: value for key, value in entry.items() if value is not None}


def validation_failed(*errors: dict[str, Any]) -> ApiError:
    """Return the answer to a request that is well-formed and cannot be done."""
    return ApiError(422, "Validation Failed", errors=list(errors))


def malformed(detail: str) -> ApiError:
    """Return the answer to a request whose JSON is not what the endpoint takes."""
    return ApiError(422, f"Invalid request.\n\n{detail}")


async def answer_unrouted(request: Request, error: Exception) -> Response:
    """Unknown paths and methods are all 404 at GitHub."""
    return not_found().response()
