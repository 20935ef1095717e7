"""The repository's own GoReleaser configuration, prepared for a release by this pipeline.

What only the paid edition knows is taken over, or refused by name. What publishes is left out, since this pipeline
publishes by itself. And what would differ between two builds of one commit is tied to the commit, as GoReleaser's page
on reproducible builds asks for (https://goreleaser.com/customization/builds/go/#reproducible-builds).
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pipeline.errors import BuildFailed, shown
from pipeline.tag import Tag

Section = dict[str, Any]

OURS = {
    "monorepo": "the tag's prefix and the folder are read by this pipeline",
    "npms": "this pipeline publishes the npm packages, and takes their description from here",
}
"""Keys of the paid edition that are this pipeline's own job."""

PAID = frozenset(
    {
        "after", "app_bundles", "before_publish", "cloudsmiths", "dmg", "dockerhub", "furies", "gemfury", "includes",
        "iru", "msi", "nightly", "nsis", "partial", "pkgs", "telemetry", "template_files", "variables", "verify",
    }
)  # fmt: skip
"""The paid edition's other keys (https://goreleaser.com/static/schema-pro.json, less the open-source edition's)."""

ELSEWHERE = frozenset(
    {
        "announce", "artifactories", "aur_sources", "aurs", "blobs", "brews", "chocolateys", "docker_digest",
        "docker_manifests", "docker_signs", "dockers", "dockers_v2", "homebrew_casks", "kos", "krews", "mcp",
        "milestones", "nix", "publishers", "scoops", "snapcrafts", "uploads", "winget",
    }
)  # fmt: skip
"""Keys that publish to somewhere else than the GitHub release: a release of this pipeline does not go there."""

COMMIT_TIME = "{{ .CommitTimestamp }}"
COMMIT_DATE = "{{ .CommitDate }}"

DEFAULT_LDFLAGS = (
    "-s -w -X main.version={{.Version}} -X main.commit={{.Commit}} -X main.date={{.CommitDate}} "
    "-X main.builtBy=goreleaser"
)
"""GoReleaser's own, but with the commit's time for the build's."""

_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_MOMENT = re.compile(r"(?<![\w.])\.(Date|Timestamp)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The configuration to build with, where its output goes, what it says of npm, and what it names in vain."""

    text: str
    dist: str
    npm: Mapping[str, Any]
    left_out: tuple[str, ...]


def prepare(text: str, *, file: str, tag: Tag, repository: str, paid: bool) -> Prepared:
    """Prepare the configuration ``file`` with this ``text`` for a release of ``repository`` (owner/name).

    ``paid`` is whether the paid edition will read it. Raises `BuildFailed` for what cannot be released.
    """
    config = _parse(text, file)
    _refuse_paid(config, file, paid=paid)
    folder = _monorepo(config.pop("monorepo", None), file, tag)
    npm = _npm(config.pop("npms", None), file)
    left_out = tuple(sorted(ELSEWHERE & config.keys()))
    for key in (*left_out, "git", "changelog"):
        config.pop(key, None)
    owner, _, name = repository.partition("/")
    config["release"] = {"disable": True, "github": {"owner": owner, "name": name}}
    config["changelog"] = {"disable": True}
    _tie_to_commit(config, folder)
    dist = _dist(config, file)
    return Prepared(text=_written(_with_commit_times(config)), dist=dist, npm=npm, left_out=left_out)


def _parse(text: str, file: str) -> Section:
    # Only command-line tools have such a file, and every release imports this module.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        config = YAML(typ="rt").load(text)
    except YAMLError as error:
        line = str(getattr(error, "problem", "") or error).partition("\n")[0]
        raise BuildFailed(f"{file} is not YAML: {line}.", next="Mend it on main, then tag that commit.") from None
    if not isinstance(config, dict):
        raise BuildFailed(f"{file} is empty.", next="See https://goreleaser.com/customization for what it may say.")
    return config


def _written(config: Section) -> str:
    from ruamel.yaml import YAML

    stream = io.StringIO()
    yaml = YAML(typ="rt")
    yaml.width = 1_000_000
    yaml.dump(config, stream)
    return stream.getvalue()


def _refuse_paid(config: Section, file: str, *, paid: bool) -> None:
    unknown = sorted(PAID & config.keys())
    if unknown and not paid:
        raise BuildFailed(
            f"{file} has keys that only GoReleaser Pro knows: {', '.join(unknown)}.",
            next="Remove them, or name a GoReleaser Pro image as goreleaser_image in services.toml and pass "
            f"--goreleaser-key. ({' and '.join(OURS)} may stay: they are this pipeline's own job.)",
        )


def _monorepo(section: Any, file: str, tag: Tag) -> str:
    """The folder that the configuration is about; the prefix has to be the service's own."""
    told = section if isinstance(section, dict) else {}
    prefix = str(told.get("tag_prefix", tag.service)).rstrip("/")
    if prefix != tag.service:
        raise BuildFailed(
            f"{file} is for tags that begin with {shown(prefix + '/')}, but this is {tag}.",
            next=f"Set monorepo.tag_prefix to {tag.service}/, or leave it out.",
        )
    return str(told.get("dir") or "")


def _npm(section: Any, file: str) -> Mapping[str, Any]:
    entries = section if isinstance(section, list) else []
    if len(entries) > 1:
        raise BuildFailed(
            f"{file} describes {len(entries)} npm packages.", next="Leave one in npms: a service has one npm package."
        )
    return dict(entries[0]) if entries and isinstance(entries[0], dict) else {}


def _dist(config: Section, file: str) -> str:
    dist = str(config.get("dist") or "dist")
    path = PurePosixPath(dist)
    if path.is_absolute() or ".." in path.parts or path == PurePosixPath("."):
        raise BuildFailed(f"{file} puts its output to {shown(dist)}.", next="Name a folder of the repository as dist.")
    return str(path)


def _tie_to_commit(config: Section, folder: str) -> None:
    config["builds"] = [_build(build, folder) for build in _sections(config, "builds") or [{}]]
    for key, name, value in (
        ("universal_binaries", "mod_timestamp", COMMIT_TIME),
        ("nfpms", "mtime", COMMIT_DATE),
    ):
        for section in _sections(config, key):
            section.setdefault(name, value)
    for archive in _sections(config, "archives"):
        if "files" in archive:
            archive["files"] = [_archived(file, folder) for file in archive["files"]]


def _build(build: Section, folder: str) -> Section:
    build.setdefault("mod_timestamp", COMMIT_TIME)
    if folder:
        build.setdefault("dir", folder)
    if build.get("builder", "go") == "go" and "ldflags" not in build:
        build["ldflags"] = [DEFAULT_LDFLAGS]
    return build


def _archived(file: Any, folder: str) -> Section:
    entry: Section = file if isinstance(file, dict) else {"src": str(file)}
    if folder and "src" in entry:
        entry["src"] = f"{folder}/{entry['src']}"
    entry.setdefault("info", {}).setdefault("mtime", COMMIT_DATE)
    return entry


def _sections(config: Section, key: str) -> list[Section]:
    value = config.get(key)
    return [section for section in value if isinstance(section, dict)] if isinstance(value, list) else []


def _with_commit_times(value: Any) -> Any:
    """Every template with the commit's time where it names the build's."""
    if isinstance(value, dict):
        for key in value:
            value[key] = _with_commit_times(value[key])
    elif isinstance(value, list):
        for position, item in enumerate(value):
            value[position] = _with_commit_times(item)
    elif isinstance(value, str) and "{{" in value:
        return _TEMPLATE.sub(lambda found: _MOMENT.sub(r".Commit\1", found[0]), value)
    return value


def described(left_out: tuple[str, ...]) -> Iterator[str]:
    """What the configuration names and this release does not do, for the report."""
    if left_out:
        yield f"left out {', '.join(left_out)}: only the GitHub release and npm are published to"
