"""The board as the template takes it: cards, lanes and steps, with every word chosen and every link checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.board.gather import Facts
from pipeline.status.findings import Finding
from pipeline.status.rows import ImageStatus, PinStatus, ReleaseStatus, Row

Mark = Literal["done", "wrong", "waiting", "ahead", "unknown", "none"]

MARKS: dict[Mark, str] = {"done": "✓", "wrong": "✕", "waiting": "•", "ahead": "↑", "unknown": "?", "none": "–"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage of one version: how far it is, in a word, with more behind it."""

    stage: str
    mark: Mark
    word: str
    detail: str = ""
    url: str = ""

    @property
    def sign(self) -> str:
        """The mark as a character, so that it does not depend on colour."""
        return MARKS[self.mark]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One version on its way: the stable one, or the candidate above it."""

    name: str
    version: str
    url: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One service. ``running`` is what each environment pins, ``compare`` what is released but not there."""

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
    stranded: tuple[tuple[Finding, str], ...]
    not_checked: tuple[str, ...]


def page(facts: Facts) -> Page:
    """The page for what was gathered."""
    cards = tuple(_card(service, facts) for service in facts.kinds)
    findings = facts.audit.stranded
    return Page(
        title=facts.repository,
        url=_link(facts.web),
        at=facts.at.strftime("%Y-%m-%d %H:%M UTC"),
        counts=tuple(_counts(facts)),
        cards=cards,
        stranded=tuple((finding, _tag_url(facts, finding.tag)) for finding in findings),
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
    yield Count(number=candidates, words="candidates out", mark="none")
    stranded = len(facts.audit.stranded)
    yield Count(number=stranded, words="stranded tags", mark="wrong" if stranded else "done")


def _card(service: str, facts: Facts) -> Card:
    rows = [row for row in facts.status.rows if row.service == service]
    lanes = tuple(_lane(row, facts) for row in rows)
    marks = [step.mark for lane in lanes for step in lane.steps]
    order: tuple[Mark, ...] = ("wrong", "unknown", "waiting", "ahead", "done")
    return Card(
        service=service,
        note="binaries and npm" if facts.kinds[service] == "cli" else "",
        url=_link(f"{facts.web}/releases?q={service}%2Fv&expanded=true"),
        lanes=lanes,
        stranded=sum(finding.service == service for finding in facts.audit.stranded),
        compare=next((url for row in rows if (url := _compare(row, facts))), ""),
        state=next((mark for mark in order if mark in marks), "none"),
    )


def _lane(row: Row, facts: Facts) -> Lane:
    tagged = Step(
        stage="tag",
        mark={True: "done", False: "wrong", None: "unknown"}[row.on_main],  # type: ignore[arg-type]
        word=row.commit[:7] if row.on_main is not False else "off main",
        detail=f"commit {row.commit}" + ("" if row.on_main else ", not known to be on main"),
        url=_link(f"{facts.web}/commit/{row.commit}"),
    )
    return Lane(
        name="candidate" if row.prerelease else "stable",
        version=f"v{row.version}",
        url=_link(row.release.url or _tag_url(facts, row.tag)),
        steps=(tagged, _image(row.image), _release(row.release), *(_pin(pin, row) for pin in row.pins)),
    )


def _image(image: ImageStatus) -> Step:
    platforms = ", ".join(platform.removeprefix("linux/") for platform in image.platforms)
    known: dict[str, tuple[Mark, str, str]] = {
        "there": ("done", platforms, f"{image.reference}@{image.digest}"),
        "missing": ("wrong", "missing", f"{image.reference} is not there"),
        "other": ("wrong", "another's", image.detail),
        "none": ("none", "none", "this service ships no image"),
        "not-checked": ("unknown", "not checked", image.detail),
        "unknown": ("unknown", "no answer", image.detail),
    }
    mark, word, detail = known[image.state]
    return Step(stage="image", mark=mark, word=word, detail=detail)


def _release(release: ReleaseStatus) -> Step:
    kind = "pre-release" if release.prerelease else "latest" if release.latest else "published"
    known: dict[str, tuple[Mark, str, str]] = {
        "published": ("done", kind, f"published {(release.published_at or '')[:16].replace('T', ' ')}".strip()),
        "other": ("wrong", "wrong", release.detail),
        "draft": ("wrong", "draft only", release.detail or "a draft was never published"),
        "missing": ("wrong", "missing", "there is no GitHub release"),
        "not-checked": ("unknown", "not checked", release.detail),
        "unknown": ("unknown", "no answer", release.detail),
    }
    mark, word, detail = known[release.state]
    return Step(stage="release", mark=mark, word=word, detail=detail, url=_link(release.url or ""))


def _pin(pin: PinStatus, row: Row) -> Step:
    version = pin.version or (pin.digest or "")[7:19]
    # That production is behind a candidate is as it should be.
    behind: Mark = "none" if row.prerelease else "waiting"
    known: dict[str, tuple[Mark, str]] = {
        "same": ("done", "runs this"),
        "behind": (behind, f"runs {version}"),
        "ahead": ("ahead", f"runs {version}"),
        "none": ("none", "no pin"),
        "not-checked": ("unknown", "not checked"),
        "unknown": ("unknown", version or "no answer"),
    }
    mark, word = known[pin.state]
    detail = pin.detail or f"{pin.environment} {word}"
    return Step(stage=pin.environment, mark=mark, word=word, detail=detail, url=_link(pin.url or ""))


def _compare(row: Row, facts: Facts) -> str:
    """What production does not have yet of a stable version."""
    behind = next((pin for pin in row.pins if pin.state == "behind" and pin.version), None)
    if behind is None or row.prerelease:
        return ""
    return _link(f"{facts.web}/compare/{row.service}/{behind.version}...{row.tag}")


def _tag_url(facts: Facts, tag: str) -> str:
    return _link(f"{facts.web}/tree/{tag}")


def _link(url: str) -> str:
    """The URL, if it is one a browser may follow from here."""
    return url if url.startswith(("https://", "http://")) else ""
