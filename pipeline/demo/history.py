"""The past of the throwaway monorepo: who changed what, which releases there were, and what is odd about some."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.demo.fast_import import Signature, Stream
from pipeline.demo.monorepo_tree import SERVICES, initial_files

START = 1_700_000_000
HOUR = 3600

MAIN = "refs/heads/main"
MERGING = "refs/heads/merging"
NOTHING = "0" * 40

OFF_MAIN_TAG = "krane/v0.2.1"
"""Its commit is on the branch ``krane-hotfix`` and was never merged."""
SHADOWED_TAG = "vault/v0.3.0"
"""There is a branch of this name too, with a commit that is not on main."""


@dataclass(frozen=True, slots=True)
class Change:
    """A squashed pull request on main; ``service`` may be anything that its subject is about."""

    service: str
    subject: str
    number: int


@dataclass(frozen=True, slots=True)
class Merge:
    """A pull request that came in as a merge commit, with the changes of its branch."""

    branch: str
    number: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag on the commit before it."""

    name: str
    annotated: bool = False


@dataclass(frozen=True, slots=True)
class Fork:
    """A branch with one commit that main does not have."""

    branch: str
    change: Change


Step = Change | Merge | Tag | Fork

HISTORY: tuple[Step, ...] = (
    Change("api", "feat(api): verify keys", 101),
    Change("vault", "feat(vault): store secrets", 102),
    Tag("v2.0.9-1"),
    Tag("@unkey/api@0.26.2"),
    Tag("vault/v0.0.0-test1"),
    Merge("vault-rotation", 105, (
        Change("vault", "feat(vault): rotate keys", 103),
        Change("vault", "fix(vault): keep the old key while it is in use", 104),
    )),
    Tag("vault/v0.1.0", annotated=True),
    Tag("api/v1.0.0", annotated=True),
    Change("frontline", "feat(frontline): route by host name", 106),
    Tag("frontline/v0.1.0"),
    Change("heimdall", "feat(heimdall): count requests", 107),
    Change("krane", "feat(krane): start a deployment", 108),
    Change("control-api", "feat(control-api): list projects", 109),
    Change("control-worker", "feat(control-worker): run a workflow", 110),
    Tag("heimdall/v0.1.0"),
    Tag("control-api/v0.1.0"),
    Tag("control-worker/v0.1.0"),
    Change("cli", "feat(cli): log in", 111),
    Tag("cli/v0.9.0", annotated=True),
    Tag("krane/v0.2.0", annotated=True),
    Fork("krane-hotfix", Change("krane", "fix(krane): retry once", 112)),
    Change("vault", "perf(vault): read from a cache", 113),
    Tag("vault/v0.2.0"),
    Tag("api/v1.1.0-rc.1"),
    Merge("api-rate-limits", 116, (
        Change("api", "feat(api): limit rates", 114),
        Change("docs", "docs: explain rate limits", 115),
    )),
    Tag("api/v1.1.0", annotated=True),
    Change("vault", "fix(vault): close connections", 117),
    Tag("vault/v0.3.0", annotated=True),
    Fork("vault/v0.3.0", Change("vault", "chore(vault): try something else", 118)),
    Change("vault", "feat(vault): back up to a second region", 119),
    Change("frontline", "fix(frontline): answer with 502 when nothing listens", 120),
    Merge("krane-scaling", 122, (Change("krane", "feat(krane): scale to zero", 121),)),
    Change("api", "feat(api)!: drop the first version of the keys endpoint", 123),
    Change("vault", "feat(vault): audit every read", 124),
)  # fmt: skip


def describe(base_image: str) -> Stream:
    """Write the whole history as a stream that asks for the id of main's last commit."""
    scribe = _Scribe(initial_files(base_image))
    for step in HISTORY:
        scribe.write(step)
    scribe.stream.reset(f"refs/tags/{OFF_MAIN_TAG}", scribe.forks["krane-hotfix"])
    scribe.stream.ask_id(scribe.head)
    return scribe.stream


@dataclass(slots=True)
class _Scribe:
    files: dict[str, str]
    stream: Stream = field(default_factory=Stream)
    now: int = START
    head: str = ""
    forks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.head = self._commit(MAIN, "platform", "chore: begin", (), self.files)

    def write(self, step: Step) -> None:
        match step:
            case Change():
                self.head = self._change(MAIN, step, self.head)
            case Merge():
                self.head = self._merge(step)
            case Fork():
                self.forks[step.branch] = self._change(f"refs/heads/{step.branch}", step.change, self.head)
            case Tag(name, annotated=True):
                self.stream.tag(name, self.head, by=self._by("release"), message=name)
            case Tag(name):
                self.stream.reset(f"refs/tags/{name}", self.head)

    def _change(self, ref: str, change: Change, parent: str) -> str:
        message = f"{change.subject} (#{change.number})"
        return self._commit(ref, change.service, message, (parent,), _files(change))

    def _merge(self, merge: Merge) -> str:
        tip = self.head
        files: dict[str, str] = {}
        for change in merge.changes:
            tip = self._change(MERGING, change, tip)
            files |= _files(change)
        self.stream.reset(MERGING, NOTHING)
        message = f"Merge pull request #{merge.number} from unkeyed/{merge.branch}"
        return self._commit(MAIN, "platform", message, (self.head, tip), files)

    def _commit(self, ref: str, role: str, message: str, parents: Iterable[str], files: dict[str, str]) -> str:
        return self.stream.commit(ref, by=self._by(role), message=message, parents=parents, files=files)

    def _by(self, role: str) -> Signature:
        self.now += HOUR
        return Signature(f"{role} maintainer", self.now)


def _files(change: Change) -> dict[str, str]:
    folder = f"svc/{change.service}" if change.service in SERVICES else change.service
    return {f"{folder}/changes/{change.number}.md": f"{change.subject}\n"}
