"""References and tag objects, in the real git repository."""

from github import Github
from github.Repository import Repository

from tests.demo.checked_github import refused
from tests.demo.conftest import NAME
from tests.demo.github_history import History


def test_a_lightweight_tag_names_a_commit(repository: Repository, history: History) -> None:
    ref = repository.get_git_ref("tags/vault/v0.1.0")
    assert (ref.ref, ref.object.type, ref.object.sha) == ("refs/tags/vault/v0.1.0", "commit", history.main[0])


def test_an_annotated_tag_names_its_own_object(repository: Repository, history: History) -> None:
    ref = repository.get_git_ref("tags/vault/v0.2.0")
    assert (ref.object.type, ref.object.sha) == ("tag", history.sha("vault/v0.2.0"))
    tag = repository.get_git_tag(ref.object.sha)
    assert (tag.tag, tag.message, tag.object.type) == ("vault/v0.2.0", "The second one", "commit")
    assert tag.object.sha == history.main[2]
    with refused(404):
        _ = repository.get_git_tag(history.main[0]).tag


def test_only_the_whole_name_will_do(repository: Repository) -> None:
    for name in ("tags/vault", "tags/vault/v0", "heads/mai", "tags/main"):
        with refused(404):
            repository.get_git_ref(name)


def test_matching_refs_are_all_with_that_beginning(repository: Repository) -> None:
    assert [ref.ref for ref in repository.get_git_matching_refs("tags/vault/v0.")] == [
        "refs/tags/vault/v0.1.0",
        "refs/tags/vault/v0.2.0",
    ]
    assert list(repository.get_git_matching_refs("tags/api/")) == []


def test_a_ref_is_made_once(repository: Repository, history: History) -> None:
    ref = repository.create_git_ref("refs/heads/promote/vault", history.main[1])
    assert history.sha("refs/heads/promote/vault") == ref.object.sha == history.main[1]
    with refused(422, "Reference already exists"):
        repository.create_git_ref("refs/heads/promote/vault", history.main[1])


def test_a_ref_needs_a_good_name_and_an_object(repository: Repository, history: History) -> None:
    with refused(422, "Object does not exist"):
        repository.create_git_ref("refs/heads/new", "1" * 40)
    with refused(422, "exactly 40 characters"):
        repository.create_git_ref("refs/heads/new", history.main[0][:10])
    for name in ("heads/new", "refs/new", "refs/heads/.."):
        with refused(422, "not a valid ref name"):
            repository.create_git_ref(name, history.main[0])


def test_a_ref_goes_forward_unless_forced(repository: Repository, history: History) -> None:
    ref = repository.create_git_ref("refs/heads/work", history.main[1])
    ref.edit(history.main[2])
    with refused(422, "Update is not a fast forward"):
        ref.edit(history.side)
    ref.edit(history.side, force=True)
    assert history.sha("refs/heads/work") == history.side


def test_a_ref_is_deleted_once(repository: Repository) -> None:
    ref = repository.get_git_ref("heads/side")
    ref.delete()
    with refused(422, "Reference does not exist"):
        ref.delete()


def test_a_release_whose_tag_goes_is_a_draft_again(repository: Repository) -> None:
    release = repository.create_git_release("vault/v0.1.0", "", "")
    repository.get_git_ref("tags/vault/v0.1.0").delete()
    assert repository.get_release(release.id).draft


def test_refs_are_read_by_everybody_and_written_by_some(reader: Github, history: History) -> None:
    repository = reader.get_repo(NAME)
    ref = repository.get_git_ref("heads/main")
    for write in (
        ref.delete,
        lambda: ref.edit(history.main[0]),
        lambda: repository.create_git_ref("refs/heads/x", ref.object.sha),
    ):
        with refused(403):
            write()
    assert history.sha("refs/heads/main") == history.main[-1]


def test_what_git_pushed_is_seen(repository: Repository, history: History) -> None:
    history.git("update-ref", "refs/tags/vault/v0.1.0", history.main[1])
    assert repository.get_git_ref("tags/vault/v0.1.0").object.sha == history.main[1]
