"""The board as the template takes it: cards, lanes and steps, with every word chosen and every link checked."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.board import steps
from pipeline.board.gather import Facts
from pipeline.board.steps import Mark, Step, link
from pipeline.status.findings import Finding
from pipeline.status.rows import Row

SHOWN = 100
"""Stranded tags on the page; an audit lists all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One version on its way: the stable one, or the candidate above it. ``notes`` say what a word cannot."""

    name: str
    version: str
    url: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One service; ``compare`` is the page of what is released but not everywhere."""

    service: str
    note: str
    url: str
    lanes: tuple[Lane, ...]
    stranded: int
    compare: str
    state: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number on top of the page, and how serious it is."""

    number: int
    words: str
    mark: Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the page."""

    title: str
    url: str
    at: str
    counts: tuple[Count, ...]
    cards: tuple[Card, ...]
    columns: int
    stranded: tuple[tuple[Finding, str], ...]
    more_stranded: int
    not_checked: tuple[str, ...]


def page(facts: Facts) -> Page:
    """The page for what was gathered."""
    cards = tuple(_card(service, facts) for service in facts.kinds)
    findings = facts.audit.stranded
    return Page(
        title=facts.repository,
        url=link(facts.web),
        at=facts.at.strftime("%Y-%m-%d %H:%M UTC"),
        counts=tuple(_counts(facts)),
        cards=cards,
        columns=max((len(lane.steps) for card in cards for lane in card.lanes), default=1),
        stranded=tuple((finding, _tag_url(facts, finding.tag)) for finding in findings[:SHOWN]),
        more_stranded=max(0, len(findings) - SHOWN),
        not_checked=facts.audit.not_checked,
    )


def _counts(facts: Facts) -> Iterator[Count]:
    rows = facts.status.rows
    newest = [row for row in rows if not row.prerelease]
    complete = sum(row.complete for row in newest)
    yield Count(number=complete, words=f"of {len(facts.kinds)} services released", mark="done")
    for environment in facts.environments:
        behind = [pin for row in newest for pin in row.pins if pin.environment == environment and pin.state == "behind"]
        yield Count(number=len(behind), words=f"behind in {environment}", mark="waiting" if behind else "done")
    candidates = sum(row.prerelease for row in rows)
    yield Count(number=candidates, words="candidate out" if candidates == 1 else "candidates out", mark="none")
    stranded = len(facts.audit.stranded)
    yield Count(
        number=stranded,
        words="stranded tag" if stranded == 1 else "stranded tags",
        mark="wrong" if stranded else "done",
    )


def _card(service: str, facts: Facts) -> Card:
    rows = [row for row in facts.status.rows if row.service == service]
    lanes = tuple(_lane(row, facts) for row in rows)
    marks = [step.mark for lane in lanes for step in lane.steps]
    order: tuple[Mark, ...] = ("wrong", "unknown", "waiting", "ahead", "done")
    return Card(
        service=service,
        note="binaries and npm" if facts.kinds[service] == "cli" else "",
        url=link(f"{facts.web}/releases?q={service}%2Fv&expanded=true"),
        lanes=lanes,
        stranded=sum(finding.service == service for finding in facts.audit.stranded),
        compare=next((url for row in rows if (url := _compare(row, facts))), ""),
        state=next((mark for mark in order if mark in marks), "none"),
    )


def _lane(row: Row, facts: Facts) -> Lane:
    taken = steps.of(row, facts.web)
    details = [row.artifacts[-1].detail, row.release.detail, *(pin.detail for pin in row.pins)]
    return Lane(
        name="candidate" if row.prerelease else "stable",
        version=f"v{row.version}",
        url=link(row.release.url or _tag_url(facts, row.tag)),
        steps=taken,
        notes=tuple(f"{step.stage}: {detail}" for step, detail in zip(taken[1:], details, strict=True) if detail),
    )


def _compare(row: Row, facts: Facts) -> str:
    """What an environment does not have yet of a released stable version."""
    behind = next((pin for pin in row.pins if pin.state == "behind" and pin.version), None)
    if behind is None or row.prerelease or not row.complete:
        return ""
    return link(f"{facts.web}/compare/{row.service}/{behind.version}...{row.tag}")


def _tag_url(facts: Facts, tag: str) -> str:
    return link(f"{facts.web}/tree/{tag}")
