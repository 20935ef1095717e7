"""Reports as Markdown: told whole, and shown as text whatever is in them."""

import json
from typing import Any

import pytest

from pipeline.errors import BadFlag
from pipeline.summary import NOTHING, read, render

REPORT: dict[str, Any] = {
    "tag": "vault/v0.4.0-rc.1", "service": "vault", "version": "0.4.0-rc.1", "prerelease": True, "dry_run": False,
    "commit": "408e57c", "outcome": "released",
    "image": {"reference": "ghcr.io/acme/vault:v0.4.0-rc.1", "digest": "sha256:01", "platforms": ["linux/amd64"]},
    "release": {"url": "https://github.com/acme/shop/releases/1", "prerelease": True, "latest": False},
    "stages": [{"name": "resolve", "outcome": "done", "seconds": 0.25, "detail": "one | @two"}],
}  # fmt: skip
FAILED = REPORT | {
    "tag": "api/v1.0.0", "outcome": "failed", "image": None, "release": None,
    "error": {"kind": "build-failed", "message": "RUN ended:\n```\n<b>no</b>", "next": "Mend it."},
}  # fmt: skip


def test_a_release() -> None:
    lines = render(read(json.dumps(REPORT))).splitlines()
    assert lines[0] == "## `vault/v0.4.0-rc.1`: released"
    assert "* image `ghcr.io/acme/vault:v0.4.0-rc.1@sha256:01` for linux/amd64" in lines
    assert "* release <https://github.com/acme/shop/releases/1>, pre-release" in lines
    assert "| resolve | done | 0.2 | one \\| @&#8203;two |" in lines


def test_what_failed_comes_first_and_its_text_is_no_markup() -> None:
    text = render(read(json.dumps([REPORT, FAILED])))
    assert text.index("api/v1.0.0") < text.index("vault/v0.4.0-rc.1")
    assert "````text\nRUN ended:\n```\n<b>no</b>\n\nNext: Mend it.\n````" in text


def test_nothing_was_touched() -> None:
    assert render(read("[]")) == NOTHING


@pytest.mark.parametrize("text", ["", "{}", "[1]", "Error: no"])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(BadFlag, match="holds no report"):
        read(text)
