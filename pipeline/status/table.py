"""The status as a table for a person, and what to do about what is missing."""

from pipeline.report import aligned
from pipeline.status.rows import ImageStatus, PackageStatus, PinStatus, ReleaseStatus, Row, Status

NO_TAG = "no release tag yet"


def as_text(status: Status) -> str:
    """A line per tag, then why something is not known, then what to do."""
    notes = list(dict.fromkeys(note for row in status.rows for note in _notes(row)))
    return "\n".join([*lines(status), *(["", *notes] if notes else [])])


def lines(status: Status) -> list[str]:
    """A line per tag, under a head line."""
    environments = max(([pin.environment.upper() for pin in row.pins] for row in status.rows), key=len, default=[])
    head = ["", "TAG", "COMMIT", "ON MAIN", "IMAGE", "RELEASE", *environments]
    cells = [head, *(_cells(row, len(environments)) for row in status.rows)]
    untagged = [f"   {service}: {NO_TAG}" for service in status.untagged]
    return [*(aligned(cells) if status.rows else []), *untagged]


def _cells(row: Row, environments: int) -> list[str]:
    main = {True: "yes", False: "no", None: "unknown"}[row.on_main]
    pins = [_pin(pin) for pin in row.pins] or ["-"] * environments
    mark = "✔" if row.complete else "✘"
    return [mark, row.tag, row.commit[:12], main, _artifact(row), _release(row.release), *pins]


def _artifact(row: Row) -> str:
    words = {"none": "-", "not-checked": "not checked", "other": "another's"}
    *_, artifact = row.artifacts
    if artifact.state != "there":
        return words.get(artifact.state, artifact.state)
    if isinstance(artifact, PackageStatus):
        return artifact.reference
    return _image(artifact)


def _image(image: ImageStatus) -> str:
    platforms = ", ".join(platform.removeprefix("linux/") for platform in image.platforms)
    return f"{(image.digest or '')[:19]}  {platforms}"


def _release(release: ReleaseStatus) -> str:
    if release.state not in ("published", "other"):
        return "not checked" if release.state == "not-checked" else release.state
    marks = [("pre-release", release.prerelease), ("latest", release.latest), ("record", release.record)]
    return ", ".join([release.state if release.state == "published" else "wrong", *(n for n, on in marks if on)])


def _pin(pin: PinStatus) -> str:
    if pin.state in ("none", "not-checked"):
        return "no pin" if pin.state == "none" else "not checked"
    version = pin.version or (pin.digest or "")[:19]
    return f"{version} {pin.state}".strip()


def _notes(row: Row) -> list[str]:
    parts: list[tuple[str, ImageStatus | PackageStatus | ReleaseStatus | PinStatus]] = [
        ("image", row.image),
        *([("npm", row.npm)] if isinstance(row.npm, PackageStatus) else []),
        ("release", row.release),
        *((pin.environment, pin) for pin in row.pins),
    ]
    notes = [f"{_whose(row, what, part.state)}: {part.detail}" for what, part in parts if part.detail]
    return [*notes, *([f"{row.tag} is not complete: {_mend(row)}"] if _is_missing(row) else [])]


def _whose(row: Row, what: str, state: str) -> str:
    return what if state == "not-checked" else f"{row.tag}, {what}"


def _is_missing(row: Row) -> bool:
    return "missing" in {artifact.state for artifact in row.artifacts} or row.release.state in ("missing", "draft")


def _mend(row: Row) -> str:
    if row.on_main is False:
        return f"its commit is not on main; tag one that is: pipeline tag {row.service}"
    return f"pipeline release --tag {row.tag}"
