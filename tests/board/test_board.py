"""The board: what it shows, that it loads nothing, and that nobody's text becomes markup."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.board.gather import Facts
from pipeline.board.render import render
from pipeline.status.audit import Audit
from pipeline.status.findings import Finding
from pipeline.status.rows import ImageStatus, PackageStatus, PinStatus, ReleaseStatus, Row, Status
from tests.site import Site, local_session
from tests.world import add_infra

ROW = Row(
    tag="vault/v0.5.0",
    service="vault",
    version="0.5.0",
    prerelease=False,
    commit="4" * 40,
    on_main=True,
    image=ImageStatus(state="there", reference="ghcr.io/a/vault:v0.5.0", digest="sha256:1", platforms=("linux/amd64",)),
    release=ReleaseStatus(state="published", url="https://github.com/a/b/releases/tag/vault%2Fv0.5.0", latest=True),
    pins=(PinStatus(environment="production001", state="behind", version="v0.4.0", url="https://github.com/a/infra"),),
    complete=True,
)
FACTS = Facts(
    repository="a/b",
    web="https://github.com/a/b",
    environments=("production001",),
    kinds={"vault": "image", "krane": "image", "cli": "cli"},
    status=Status(rows=(ROW,), untagged=("krane", "cli")),
    audit=Audit(tags=1, services=3, stranded=(), not_checked=()),
    at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
)
STRANDED = Finding(
    tag="vault/v0.1.0",
    service="vault",
    kinds=("no-image",),
    detail="no image",
    mend="pipeline release --tag vault/v0.1.0",
)


class _Page(HTMLParser):
    """Everything a browser would load or follow, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(values["href"])
        elif address := values.get("src") or values.get("href"):
            self.loads.append(address)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_loads_nothing() -> None:
    html = render(FACTS)
    page = _Page(html)
    assert all(address.startswith("data:") for address in page.loads)
    assert not {"script", "img", "iframe", "object"} & set(page.tags)
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert not re.search(r"@import|url\(", html)


def test_shows_every_service_and_where_it_is() -> None:
    page = _Page(render(FACTS))
    words = page.text.split()
    assert {"vault", "krane", "cli", "v0.5.0", "latest", "production001"} <= set(words)
    assert "runs v0.4.0" in page.text
    assert page.text.count("no release tag yet") == 2
    assert "https://github.com/a/b/compare/vault/v0.4.0...vault/v0.5.0" in page.links


def test_an_unfinished_release_has_nothing_that_would_ship() -> None:
    row = replace_row(complete=False, image=ImageStatus(state="missing", reference="ghcr.io/a/vault:v0.5.0"))
    page = _Page(render(replace(FACTS, status=Status(rows=(row,)))))
    assert "missing" in page.text
    assert not [link for link in page.links if "/compare/" in link]


@pytest.mark.parametrize(
    ("npm", "word"),
    [
        (PackageStatus(state="there", reference="unkey@0.5.0", integrity="sha512-x"), "on npm"),
        (PackageStatus(state="missing", reference="unkey@0.5.0"), "missing"),
        (PackageStatus(state="not-checked", reference="unkey@0.5.0", detail="no npm token"), "npm: no npm token"),
    ],
    ids=["there", "missing", "not-checked"],
)
def test_a_tool_has_packages_in_place_of_an_image(npm: PackageStatus, word: str) -> None:
    row = replace_row(service="cli", tag="cli/v0.5.0", image=ImageStatus(state="none"), npm=npm, pins=())
    text = _Page(render(replace(FACTS, status=Status(rows=(row,))))).text
    assert word in text
    assert "image" not in text.split()


def test_stranded_tags_come_with_what_mends_them() -> None:
    audit = Audit(tags=300, services=3, stranded=(STRANDED,) * 130, not_checked=("releases: no GitHub token",))
    text = _Page(render(replace(FACTS, audit=audit))).text
    assert text.count("pipeline release --tag vault/v0.1.0") == 100
    assert "and 30 more" in text
    assert "Not checked: releases: no GitHub token" in text


def test_text_of_others_stays_text() -> None:
    evil = '"><script>alert(1)</script>'
    row = replace_row(
        release=ReleaseStatus(state="other", url="javascript:alert(1)", detail=evil),
        pins=(
            PinStatus(environment="production001", state="unknown", version=evil, detail=evil, url="data:text/html,x"),
        ),
    )
    html = render(replace(FACTS, status=Status(rows=(row,))))
    page = _Page(html)
    assert "script" not in page.tags
    assert evil in page.text
    assert not [link for link in page.links if not link.startswith(("https://", "#"))]


def replace_row(**changes: object) -> Row:
    import msgspec

    row: Row = msgspec.structs.replace(ROW, **changes)
    return row


@pytest.mark.anyio
async def test_the_board_of_real_servers(world: Site, session_cache: Path, namespace: str, tmp_path: Path) -> None:
    infra = add_infra(world, namespace, {"vault": "v0.4.0"})
    async with local_session(session_cache):
        file = await infra.site.pipeline().board()
        await file.export(str(tmp_path / "board.html"))
    page = _Page((tmp_path / "board.html").read_text())
    assert "runs v0.4.0" in page.text
    assert "v0.6.0-rc.1" in page.text
    assert "pipeline tag krane" in page.text
    assert (
        f"{infra.site.github.url}/{infra.name}/blob/main/eks-cluster/promotions/production001/vault.yaml" in page.links
    )
