"""Files of releases."""

import hashlib
import io
from pathlib import Path

import httpx
import pytest
from github import Github
from github.GitRelease import GitRelease
from github.GitReleaseAsset import GitReleaseAsset
from github.Repository import Repository

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import client, refused
from tests.demo.conftest import NAME, WRITER

DATA = b"binary \x00\xff data"


@pytest.fixture
def draft(repository: Repository) -> GitRelease:
    return repository.create_git_release("cli/v1.0.0", "", "", draft=True, make_latest="false")


def attach(release: GitRelease, name: str = "cli.tar.gz") -> GitReleaseAsset:
    return release.upload_asset_from_memory(io.BytesIO(DATA), len(DATA), name, content_type="application/gzip")


def test_an_uploaded_file_is_described(draft: GitRelease, repository: Repository) -> None:
    asset = attach(draft)
    assert (asset.name, asset.size, asset.state, asset.content_type) == (
        "cli.tar.gz",
        len(DATA),
        "uploaded",
        "application/gzip",
    )
    assert asset.digest == f"sha256:{hashlib.sha256(DATA).hexdigest()}"
    assert [known.id for known in draft.get_assets()] == [asset.id]
    assert repository.get_release(draft.id).assets[0].name == "cli.tar.gz"


def test_a_file_from_disk_is_uploaded(draft: GitRelease, tmp_path: Path) -> None:
    file = tmp_path / "checksums.txt"
    file.write_text("abc  cli.tar.gz\n")
    asset = draft.upload_asset(str(file), label="Checksums")
    assert (asset.name, asset.label, asset.size) == ("checksums.txt", "Checksums", 16)


def test_what_a_lost_upload_leaves_takes_the_name(github_double: GitHubDouble, draft: GitRelease) -> None:
    github_double.add_starter(NAME, draft.id, "cli.tar.gz")
    (left,) = draft.get_assets()
    assert (left.state, left.size, left.raw_data["digest"]) == ("starter", 0, None)
    with refused(422, "already_exists"):
        attach(draft)
    left.delete_asset()
    assert attach(draft).state == "uploaded"


def test_a_name_is_taken_once(draft: GitRelease) -> None:
    attach(draft)
    with refused(422, "ReleaseAsset", "already_exists", "name"):
        attach(draft)
    other = attach(draft, "other.tar.gz")
    with refused(422, "already_exists"):
        other.update_asset("cli.tar.gz")
    assert len(list(draft.get_assets())) == 2


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("a b (1).txt", "a.b.1.txt"), (".env", "default.env"), ("x+y@1.0-z_0", "x+y@1.0-z_0"), ("ä.txt", "default.txt")],
)
def test_special_characters_become_periods(draft: GitRelease, sent: str, stored: str) -> None:
    assert attach(draft, sent).name == stored


def test_an_empty_file_is_refused(github_double: GitHubDouble, draft: GitRelease) -> None:
    url, headers = f"{draft.url}/assets?name=empty", {"Authorization": f"Bearer {WRITER}"}
    assert httpx.post(url, content=b"", headers=headers).status_code == 400
    nameless = httpx.post(f"{draft.url}/assets", content=b"data", headers=headers)
    assert (nameless.status_code, nameless.json()["errors"][0]["code"]) == (422, "missing_field")


def test_a_file_is_downloaded_by_the_api(draft: GitRelease, tmp_path: Path) -> None:
    asset = attach(draft)
    asset.download_asset(str(tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == DATA
    answer = httpx.get(asset.url, headers={"Authorization": f"Bearer {WRITER}", "Accept": "application/octet-stream"})
    assert answer.status_code == 302
    assert WRITER not in answer.headers["location"]


def test_a_published_file_is_downloaded_by_anybody(
    github_double: GitHubDouble, draft: GitRelease, repository: Repository
) -> None:
    address = attach(draft).browser_download_url
    meant = f"{github_double.url}/{NAME}/releases/download/cli/v1.0.0/cli.tar.gz"
    assert [httpx.get(url).status_code for url in (address, meant)] == [404, 404]
    draft.update_release("", "", draft=False)
    published = repository.get_release("cli/v1.0.0").assets[0]
    assert published.browser_download_url == meant
    assert httpx.get(published.browser_download_url).content == DATA


def test_a_file_is_renamed_and_deleted(draft: GitRelease, repository: Repository) -> None:
    asset = attach(draft)
    renamed = asset.update_asset("new.tar.gz", "New")
    assert (renamed.name, renamed.label) == ("new.tar.gz", "New")
    asset.delete_asset()
    with refused(404):
        repository.get_release_asset(asset.id)
    attach(draft, "new.tar.gz")


def test_files_of_drafts_are_not_there_for_others(
    github_double: GitHubDouble, draft: GitRelease, reader: Github
) -> None:
    asset = attach(draft)
    for other in (reader, client(github_double)):
        with refused(404):
            other.get_repo(NAME).get_release_asset(asset.id)
    with refused(404):
        _ = list(GitRelease(reader.requester, {}, {"url": draft.url}, completed=True).get_assets())
