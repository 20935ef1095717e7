"""A claim: one run at a time pushes what a tag releases, as registries cannot be told to push only what is missing.

It is a file on the draft release (https://docs.github.com/rest/releases/assets). GitHub refuses a second file of the
same name, which is what makes it a claim. It has the name of the release record: that place is free, or claimed, or
has the record in it, so that what is published, with its record, has no claim and gets none. Who has it, and how often
they have shown a sign of life, is in the file's label, which every listing tells.

All that changes something here may be repeated: a claim is known by its run, and removed by its own number.
"""

import io
import json
import re
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from pipeline.github import drafts
from pipeline.github.drafts import Election
from pipeline.github.releases import RECORD
from pipeline.tag import Tag

if TYPE_CHECKING:
    from github.GitRelease import GitRelease
    from github.GitReleaseAsset import GitReleaseAsset
    from github.Repository import Repository

_LABEL = re.compile(r"claim (?P<run>\w+) (?P<machine>[\w-]+) (?P<sign>\d+)")
_NOWHERE = "-"
_IN_THE_WAY = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Which run claims which tag, and on which machine, see `pipeline.runtime.alive`."""

    tag: Tag
    commit: str
    run: str
    machine: str

    def label(self, sign: int) -> str:
        """The file's label; ``sign`` counts the signs of life."""
        return f"claim {self.run} {self.machine or _NOWHERE} {sign}"

    def content(self) -> bytes:
        """The file, for a person who comes upon it."""
        about = "A run of the release pipeline is pushing; the release record takes this file's place afterwards."
        return json.dumps({"tag": self.tag.name, "run": self.run, "about": about}, indent=2).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Held:
    """A claim of our own: the draft, and the file on it."""

    draft: int
    file: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What is in the claim's place: another run's claim, the record, or what an upload left that never ended.

    ``page`` is the draft's, and ``since`` is when GitHub got the file.
    """

    page: str
    file: int
    label: str
    whole: bool
    since: datetime

    @property
    def run(self) -> tuple[str, str] | None:
        """The run whose claim it is, and its machine."""
        found = _LABEL.fullmatch(self.label)
        return (found["run"], found["machine"].strip(_NOWHERE)) if found else None

    @property
    def may_be_claim(self) -> bool:
        """Whether it has a label, which the record has not; one that cannot be read is a later pipeline's claim."""
        return bool(self.label)


@dataclass(frozen=True, slots=True)
class Again:
    """It has to be looked again: what was in the way is there no more, or another draft is the one to work on."""


class Lost(Exception):
    """The claim is another run's, or soon may be. Whoever pushes catches it, to begin again; nobody reads it."""


class Waiting(Exception):
    """Something has to be waited for: what is ``taken``. Whoever publishes catches it; nobody reads it."""

    def __init__(self, taken: Taken | Again) -> None:
        super().__init__(taken)
        self.taken = taken


def take(repository: "Repository", claim: Claim, election: Election) -> Held | Taken | Again:
    """Claim the tag, or see who has."""
    draft = election.draft(repository, claim.tag, claim.commit)
    if draft is None:
        return Again()
    before = in_place(draft)
    if before and before.run == (claim.run, claim.machine):
        # Of a try whose answer was lost, or a turn before this one: others may have seen it for long already.
        remove(repository, before.file)
        before = None
    there = before or _upload(repository, draft, claim)
    if not isinstance(there, Taken) or not there.whole or there.run != (claim.run, claim.machine):
        return there
    held = Held(draft.id, there.file)
    if election.finds_older(repository, claim.tag, claim.commit):
        abandon(repository, held)
        return Again()
    return held


def in_place(draft: "GitRelease") -> Taken | None:
    """What has the place of the claim and the record on a draft."""
    return next((seen(draft, asset) for asset in draft.assets if asset.name == RECORD), None)


def seen(draft: "GitRelease", asset: "GitReleaseAsset") -> Taken:
    """A file of a draft, as what may be a claim."""
    return Taken(draft.html_url, asset.id, asset.label or "", asset.state == "uploaded", asset.created_at)


def renew(repository: "Repository", claim: Claim, held: Held, sign: int) -> None:
    """Show a sign of life (https://docs.github.com/rest/releases/assets#update-a-release-asset). Raises `Lost`."""
    from github import UnknownObjectException

    fields = {"name": RECORD, "label": claim.label(sign)}
    try:
        repository.requester.requestJsonAndCheck("PATCH", _address(repository, held.file), input=fields)
    except UnknownObjectException:
        raise Lost from None


def remove(repository: "Repository", file: int) -> None:
    """Remove what is in the claim's place, by its own number: whatever came after it stays."""
    from github import UnknownObjectException

    try:
        repository.requester.requestJsonAndCheck("DELETE", _address(repository, file))
    except UnknownObjectException:
        return


def abandon(repository: "Repository", held: Held) -> None:
    """Give the claim back where nothing was pushed, and with it the draft, if nothing but the claim is on it.

    Nobody else can have claimed that draft meanwhile. Who waits for it finds it gone, and elects another.
    """
    draft = drafts.by_number(repository, held.draft)
    if draft and draft.body == drafts.UNFINISHED and [asset.id for asset in draft.assets] == [held.file]:
        draft.delete_release()
    else:
        remove(repository, held.file)


def _upload(repository: "Repository", draft: "GitRelease", claim: Claim) -> Taken | Again:
    """Upload the claim; what is in the place afterwards is this one, or that of a run that was first."""
    from github import GithubException

    content = claim.content()
    try:
        asset = draft.upload_asset_from_memory(
            io.BytesIO(content), len(content), RECORD, "application/json", claim.label(0)
        )
    except GithubException as error:
        now = drafts.by_number(repository, draft.id) if error.status in _IN_THE_WAY else draft
        if now is None:
            return Again()
        if drafts.is_taken(error):
            return in_place(now) or Again()
        raise
    return seen(draft, asset)


def _address(repository: "Repository", file: int) -> str:
    return f"{repository.url}/releases/assets/{file}"
