"""One request on its way to a handler: who asks, for which repository, and with which fields."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from starlette.requests import Request

from pipeline.demo.github.errors import ApiError, malformed, not_found
from pipeline.demo.github.git import GitRepository
from pipeline.demo.github.store import Permission, Repository, Store, Token


@dataclass(frozen=True, slots=True)
class Call:
    """A request to the API root or to a user."""

    request: Request
    body: bytes
    store: Store
    caller: Token | None

    @property
    def origin(self) -> str:
        """Where this server is, as the caller sees it; all URLs in answers start with it."""
        return str(self.request.base_url).rstrip("/")

    @property
    def login(self) -> str:
        """Who asks; only where a token is required."""
        return self.caller.login if self.caller else "ghost"

    def number(self, name: str) -> int:
        """Return a number in the path; what is no number names nothing."""
        text = self.text(name)
        if not text.isdecimal():
            raise not_found()
        return int(text)

    def text(self, name: str) -> str:
        """Return a part of the path, percent-decoded."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str | None:
        """Return a query parameter, where there is one and it is not empty."""
        return self.request.query_params.get(name) or None

    def fields(self) -> "Fields":
        """Return the JSON object in the body. Raises the refusal of what is none."""
        try:
            values = json.loads(self.body or b"{}")
        except ValueError:
            raise ApiError(400, "Problems parsing JSON") from None
        if not isinstance(values, dict):
            raise ApiError(400, "Body should be a JSON object")
        return Fields(values)

    def fields_or_list(self, name: str) -> "Fields":
        """As `fields`, where a bare list stands for an object with that one field."""
        try:
            values = json.loads(self.body or b"{}")
        except ValueError:
            raise ApiError(400, "Problems parsing JSON") from None
        return Fields({name: values}) if isinstance(values, list) else self.fields()


@dataclass(frozen=True, slots=True)
class RepositoryCall(Call):
    """A request to a repository that the caller may see, and, where it writes, write to."""

    repository: Repository
    permission: Permission

    @property
    def can_push(self) -> bool:
        """Whether the caller may write: drafts show only to those who can."""
        return self.permission != "pull"

    @property
    def api(self) -> str:
        """The repository's own address in the API."""
        return f"{self.origin}/repos/{self.repository.full_name}"

    @property
    def html(self) -> str:
        """The repository's own address for a browser."""
        return f"{self.origin}/{self.repository.full_name}"

    @property
    def git(self) -> GitRepository:
        """The git repository behind it; an empty one answers 409 wherever git is asked."""
        if self.repository.git is None:
            raise ApiError(409, "Git Repository is empty.")
        return self.repository.git


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a JSON body, typed on reading; a field of another type is refused as GitHub refuses it."""

    values: dict[str, Any]

    def has(self, name: str) -> bool:
        """Whether the field was sent at all, be it null."""
        return name in self.values

    def text(self, name: str) -> str | None:
        """Return a string field."""
        return cast("str | None", self._typed(name, lambda value: isinstance(value, str), "a string"))

    def required_text(self, name: str) -> str:
        """Return a string field that must be there."""
        value = self.text(name)
        if value is None:
            raise malformed(f'"{name}" wasn\'t supplied.')
        return value

    def flag(self, name: str) -> bool | None:
        """Return a boolean field."""
        return cast("bool | None", self._typed(name, lambda value: isinstance(value, bool), "a boolean"))

    def texts(self, name: str) -> list[str] | None:
        """Return a field that is a list of strings."""
        return cast("list[str] | None", self._typed(name, _is_list_of_text, "an array of strings"))

    def choice(self, name: str, *options: str) -> str | None:
        """Return a string field with a closed set of values."""
        return cast(
            "str | None", self._typed(name, lambda value: value in options, f"a member of {json.dumps(options)}")
        )

    def nested(self, name: str) -> "Fields | None":
        """Return a field that is an object of its own."""
        value = self._typed(name, lambda value: isinstance(value, dict), "an object")
        return None if value is None else Fields(cast("dict[str, Any]", value))

    def _typed(self, name: str, fits: Callable[[object], bool], kind: str) -> object:
        value = self.values.get(name)
        if value is None or fits(value):
            return value
        raise malformed(f"For 'properties/{name}', {json.dumps(value)} is not {kind}.")


def segment(text: str) -> str:
    """Return a name as it stands in a path: percent-encoded but for slashes."""
    return quote(text, safe="/")


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
