"""One stage of one version, as the board shows it: a mark, a word, and what is behind it."""

from dataclasses import dataclass
from typing import Literal

from pipeline.status.rows import ImageStatus, PackageStatus, PinStatus, ReleaseStatus, Row

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


def of(row: Row, web: str) -> tuple[Step, ...]:
    """The steps of a tag, in the order that they are taken."""
    shipped = _packages(row.npm) if isinstance(row.npm, PackageStatus) else _image(row.image)
    return (_tag(row, web), shipped, _release(row.release), *(_pin(pin, row) for pin in row.pins))


def _tag(row: Row, web: str) -> Step:
    marks: dict[bool | None, Mark] = {True: "done", False: "wrong", None: "unknown"}
    return Step(
        stage="tag",
        mark=marks[row.on_main],
        word=row.commit[:7] if row.on_main is not False else "off main",
        detail=f"commit {row.commit}" + ("" if row.on_main else ", not known to be on main"),
        url=link(f"{web}/commit/{row.commit}"),
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


def _packages(npm: PackageStatus) -> Step:
    known: dict[str, tuple[Mark, str, str]] = {
        "there": ("done", "on npm", f"{npm.reference} {npm.integrity}"),
        "missing": ("wrong", "missing", f"{npm.reference} is not there, or not with all its platforms"),
        "other": ("wrong", "another's", npm.detail),
        "not-checked": ("unknown", "not checked", npm.detail),
        "unknown": ("unknown", "no answer", npm.detail),
    }
    mark, word, detail = known[npm.state]
    return Step(stage="npm", mark=mark, word=word, detail=detail)


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
    return Step(stage="release", mark=mark, word=word, detail=detail, url=link(release.url or ""))


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
    return Step(stage=pin.environment, mark=mark, word=word, detail=detail, url=link(pin.url or ""))


def link(url: str) -> str:
    """The URL, if it is one a browser may follow from here."""
    return url if url.startswith(("https://", "http://")) else ""
