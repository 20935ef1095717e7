"""Release notes: what the range is, what touches the service, how it is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from github import Auth, Github
from github.Repository import Repository
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.demo.fast_import import Signature, Stream, import_stream
from pipeline.demo.github import GitHubDouble
from pipeline.demo.monorepo import Monorepo
from pipeline.github import history
from pipeline.github.history import Commit, History, between
from pipeline.notes import BODY_LIMIT, Notes
from pipeline.tag import Tag
from pipeline.versions import previous
from tests.conftest import need

NAME = "unkeyed/unkey"
WEB = "https://github.com/unkeyed/unkey"
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def tag(version: str, service: str = "vault") -> Tag:
    return Tag.parse(f"{service}/v{version}")


def commit(
    message: str, *, number: int = 0, login: str = "", author: str = "A Person", pull: int | None = None
) -> Commit:
    sha = f"{number:040x}"
    return Commit(sha, message, login, author, pull, ("0" * 40,), MOMENT + timedelta(minutes=number))


def notes(*commits: Commit, whole: bool = True, paths: tuple[str, ...] = ("svc/vault",)) -> Notes:
    return Notes(
        web=WEB,
        tag=tag("0.4.0"),
        paths=paths,
        since=tag("0.3.0"),
        history=History(commits, whole=whole),
        instructions="docker pull x",
    )


@pytest.fixture
def monorepo(tmp_path: Path) -> Monorepo:
    need("git")
    return Monorepo.create(tmp_path / f"{NAME}.git", base_image="busybox")


@pytest.fixture
def double(tmp_path: Path, monorepo: Monorepo) -> Iterator[GitHubDouble]:
    with GitHubDouble(tmp_path) as double:
        double.add_repository(NAME, git_dir=monorepo.git_dir)
        double.add_token("ghp_reader", permissions={NAME: "pull"})
        yield double


@pytest.fixture
def repository(double: GitHubDouble) -> Iterator[Repository]:
    with Github(
        auth=Auth.Token("ghp_reader"),
        base_url=double.url,
        per_page=100,
        seconds_between_requests=None,
        retry=None,
        lazy=True,
    ) as client:
        yield client.get_repo(NAME)


def told(repository: Repository, monorepo: Monorepo, base: str, *paths: str) -> list[tuple[str, int | None]]:
    found = between(repository, base=monorepo.commit_of(base), head=monorepo.head, paths=paths)
    assert found is not None
    return [(one.message.partition("\n")[0], one.pull) for one in found.commits]


def test_commits_that_touch_a_path_and_their_pull_requests(repository: Repository, monorepo: Monorepo) -> None:
    assert told(repository, monorepo, "refs/tags/krane/v0.2.0", "svc/krane") == [
        ("feat(krane): scale to zero (#121)", 121)
    ]
    assert told(repository, monorepo, "refs/tags/vault/v0.3.0", "svc/vault", "svc/frontline") == [
        ("feat(vault): audit every read (#124)", 124),
        ("fix(frontline): answer with 502 when nothing listens (#120)", 120),
        ("feat(vault): back up to a second region (#119)", 119),
    ]


def test_without_paths_it_is_the_whole_range_without_merges(repository: Repository, monorepo: Monorepo) -> None:
    subjects = [subject for subject, _ in told(repository, monorepo, "refs/tags/vault/v0.3.0")]
    assert len(subjects) == 5
    assert not any(subject.startswith("Merge") for subject in subjects)


def test_a_merge_gives_its_pull_request_to_what_it_brought(
    repository: Repository, monorepo: Monorepo, double: GitHubDouble
) -> None:
    base = monorepo.head
    add_merge(monorepo, ["fix(vault): one", "fix(vault): two"], number=200)
    asked = len(double.requests)
    found = between(repository, base=base, head=monorepo.head, paths=["svc/vault"])
    assert found
    assert [(one.message, one.pull) for one in found.commits] == [("fix(vault): two", 200), ("fix(vault): one", 200)]
    assert len(double.requests) - asked == 2  # the range and the path


def test_what_a_rebase_brought_is_asked_for(repository: Repository, monorepo: Monorepo, double: GitHubDouble) -> None:
    base = monorepo.head
    sha = monorepo.commit({"svc/vault/x": "x"}, message="fix(vault): rebased")
    pull = double.add_merged_pull(NAME, title="t", commit=sha, base_commit=base, login="octocat")
    found = between(repository, base=base, head=sha, paths=["svc/vault"])
    assert found
    assert [one.pull for one in found.commits] == [pull.number]


def test_requests_are_few(
    repository: Repository, monorepo: Monorepo, double: GitHubDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LOOKUPS", 5)
    base = monorepo.head
    add_line(monorepo, 250)
    before = len(double.requests)
    found = between(repository, base=base, head=monorepo.head, paths=["svc/vault", "pkg"])
    assert found
    assert len(found.commits) == 250
    assert len(double.requests) - before <= 3 + 3 + 1 + 5


def test_a_range_too_long_is_told_by_its_newest(
    repository: Repository, monorepo: Monorepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "RANGE", 200)
    monkeypatch.setattr(history, "PER_PATH", 120)
    base = monorepo.head
    add_line(monorepo, 250)
    found = between(repository, base=base, head=monorepo.head, paths=["svc/vault"])
    assert found
    assert not found.whole
    assert [one.message for one in found.commits[:2]] == ["fix: 249", "fix: 248"]
    assert len(found.commits) == 120


def test_commits_without_common_history_cannot_be_told(repository: Repository, monorepo: Monorepo) -> None:
    stream = Stream()
    by = Signature("somebody else", 1_700_000_000)
    stream.ask_id(stream.commit("refs/heads/island", by=by, message="begin", files={"a": "a"}))
    [island] = import_stream(monorepo.git_dir, stream)
    assert between(repository, base=island, head=monorepo.head, paths=[]) is None


def add_line(monorepo: Monorepo, count: int) -> None:
    stream = Stream()
    start = "refs/heads/main^0"
    for number in range(count):
        by = Signature("vault maintainer", 1_800_000_000 + number)
        parents = [start] if number == 0 else []
        stream.commit(
            "refs/heads/main", by=by, message=f"fix: {number}", parents=parents, files={"svc/vault/n": f"{number}"}
        )
    import_stream(monorepo.git_dir, stream)


def add_merge(monorepo: Monorepo, subjects: list[str], *, number: int) -> None:
    stream = Stream()
    tip, files = "refs/heads/main^0", {}
    for position, subject in enumerate(subjects):
        by = Signature("vault maintainer", 1_800_000_000 + position)
        files[f"svc/vault/{position}"] = subject
        tip = stream.commit("refs/heads/side", by=by, message=subject, parents=[tip], files=files)
    by = Signature("platform maintainer", 1_800_000_100)
    message = f"Merge pull request #{number} from unkeyed/side\n\nA title"
    stream.commit("refs/heads/main", by=by, message=message, parents=["refs/heads/main^0", tip], files=files)
    import_stream(monorepo.git_dir, stream)


def test_changes_are_grouped_with_authors_and_links() -> None:
    text = notes(
        commit("feat(vault): rotate keys", number=1, login="octocat", pull=7),
        commit("feat(pkg): share it", number=2, login="renovate[bot]"),
        commit("fix(vault)!: forget", number=3),
        commit("tidy up", number=4),
    ).render()
    assert text.startswith(
        "docker pull x\n\n## Changes since vault/v0.3.0\n\n4 commits of 1 pull request that touch `svc/vault`."
    )
    assert (
        f"* rotate keys ([#7]({WEB}/pull/7), [`000000000000`]({WEB}/commit/{1:040x})) by [octocat](https://github.com/octocat)"
        in text
    )
    assert "* **pkg:** share it " in text
    assert "by [renovate\\[bot\\]](https://github.com/apps/renovate)" in text
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    assert headings == ["### Breaking changes", "### Features", "### Other changes"]
    assert text.endswith(f"**All changes**: {WEB}/compare/vault/v0.3.0...vault/v0.4.0\n")


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 1500), st.sampled_from(["x", "é", "𝄞", "[", "@"]))
def test_the_limit_holds_whatever_the_history(count: int, letter: str) -> None:
    commits = [commit(f"fix: {letter * 300}", number=number, author=letter * 90) for number in range(count)]
    text = notes(*commits).render()
    assert len(text.encode()) <= BODY_LIMIT
    assert "docker pull x" in text
    assert text.rstrip().endswith("vault/v0.4.0")
    assert (text.count("\n* ") == count) != ("more commits." in text)


def test_what_matters_least_gives_way_first() -> None:
    many = [commit(f"chore: {'x' * 180}", number=number) for number in range(2000)]
    text = notes(*many, commit("feat: the one that matters", number=3000)).render()
    assert "the one that matters" in text
    assert text.count("\n* ") > 300
    assert "more commits." in text


def test_the_first_release_and_one_without_changes_say_so() -> None:
    first = replace(notes(), since=None, history=None).render()
    assert first == "docker pull x\n\n## First release\n"
    assert "No commits that touch `svc/vault`." in notes().render()
    assert "shares no history with vault/v0.3.0" in replace(notes(), history=None).render()
    assert "The newest 1 commit " in notes(commit("fix: x"), whole=False).render()


@pytest.mark.parametrize(
    ("this", "others", "expected"),
    [
        ("0.10.0", ["0.9.0", "0.2.0", "0.10.0"], "0.9.0"),
        ("0.10.0", ["0.9.0", "0.10.0-rc.1"], "0.9.0"),
        ("0.10.0-rc.2", ["0.9.0", "0.10.0-rc.1"], "0.10.0-rc.1"),
        ("0.10.0-rc.1", ["0.9.0", "0.11.0"], "0.9.0"),
        ("0.10.0-rc.10", ["0.10.0-rc.9", "0.10.0-rc.11"], "0.10.0-rc.9"),
        ("0.1.0-rc.1", ["0.0.0-test1"], None),
        ("0.1.0", ["0.2.0"], None),
    ],
)
def test_the_previous_release(this: str, others: list[str], expected: str | None) -> None:
    assert previous(tag(this), [tag(other) for other in others]) == (tag(expected) if expected else None)
