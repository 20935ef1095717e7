"""Tokens, permissions, budgets and the headers of every answer."""

import httpx
import pytest
from github import Github

from pipeline.demo.github import GitHubDouble
from tests.demo.checked_github import client, refused
from tests.demo.conftest import NAME, READER, WRITER

PRIVATE = "unkeyed/infra"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_root_says_where_everything_is(github_double: GitHubDouble) -> None:
    links = httpx.get(github_double.url).json()
    assert links["repository_url"] == f"{github_double.url}/repos/{{owner}}/{{repo}}"


def test_an_unknown_token_is_refused_also_where_none_is_needed(github_double: GitHubDouble) -> None:
    with refused(401, "Bad credentials"):
        client(github_double, "ghp_unknown").get_repo(NAME)


@pytest.mark.parametrize("header", [f"Bearer {WRITER}", f"token {WRITER}", f"bearer {WRITER}"])
def test_both_schemes_are_taken(github_double: GitHubDouble, header: str) -> None:
    answer = httpx.get(f"{github_double.url}/user", headers={"Authorization": header})
    assert answer.json()["login"] == "writer"


def test_a_token_is_taken_as_a_password(github_double: GitHubDouble) -> None:
    assert httpx.get(f"{github_double.url}/user", auth=("anything", WRITER)).json()["login"] == "writer"
    assert httpx.get(f"{github_double.url}/user", auth=(WRITER, "x")).status_code == 401


def test_nobody_is_not_a_user(github_double: GitHubDouble) -> None:
    with refused(401, "Requires authentication"):
        _ = client(github_double).get_user().login


def test_an_app_is_not_a_user(github_double: GitHubDouble) -> None:
    github_double.add_token("ghs_app", permissions={NAME: "push"})
    with refused(403, "Resource not accessible by integration"):
        _ = client(github_double, "ghs_app").get_user().login


def test_permissions_are_the_callers(github_double: GitHubDouble, writer: Github, reader: Github) -> None:
    assert writer.get_repo(NAME).permissions.push
    assert not reader.get_repo(NAME).permissions.push
    assert reader.get_repo(NAME).permissions.pull
    assert "permissions" not in httpx.get(f"{github_double.url}/repos/{NAME}").json()


def test_a_token_may_do_less_than_its_owner(github_double: GitHubDouble) -> None:
    github_double.add_token("github_pat_less", permissions={NAME: "pull"}, roles={NAME: "admin"})
    repository = client(github_double, "github_pat_less").get_repo(NAME)
    assert repository.permissions.push
    with refused(403, "Resource not accessible by personal access token"):
        repository.create_git_release("vault/v1.0.0", "", "")


def test_an_apps_token_is_told_by_its_repositories_not_by_permissions(github_double: GitHubDouble) -> None:
    github_double.add_token("ghs_app", permissions={NAME: "push"})
    assert "permissions" not in httpx.get(f"{github_double.url}/repos/{NAME}", headers=bearer("ghs_app")).json()
    url = f"{github_double.url}/installation/repositories"
    assert [found["full_name"] for found in httpx.get(url, headers=bearer("ghs_app")).json()["repositories"]] == [NAME]
    assert httpx.head(url, headers=bearer("ghs_app")).status_code == 200
    assert httpx.head(url, headers=bearer(WRITER)).status_code == 403
    client(github_double, "ghs_app").get_repo(NAME).create_git_release("vault/v1.0.0", "", "")


def test_names_are_found_in_any_case(writer: Github) -> None:
    assert writer.get_repo(NAME.upper()).full_name == NAME


def test_a_private_repository_is_not_there_for_others(github_double: GitHubDouble, reader: Github) -> None:
    github_double.add_repository(PRIVATE, private=True)
    github_double.add_token("ghp_infra", permissions={PRIVATE: "pull"})
    for other in (client(github_double), reader):
        with refused(404, "Not Found"):
            other.get_repo(PRIVATE)
    assert client(github_double, "ghp_infra").get_repo(PRIVATE).private
    with refused(404, "Not Found"):
        reader.get_repo("unkeyed/no-such")


@pytest.mark.parametrize(
    ("token", "status", "message"),
    [
        ("ghp_classic", 404, "Not Found"),
        ("github_pat_fine", 403, "Resource not accessible by personal access token"),
        ("ghs_app", 403, "Resource not accessible by integration"),
        (None, 401, "Requires authentication"),
    ],
)
def test_writing_needs_push(github_double: GitHubDouble, token: str | None, status: int, message: str) -> None:
    if token:
        github_double.add_token(token, permissions={NAME: "pull"})
    with refused(status, message):
        client(github_double, token).get_repo(NAME).create_git_release("vault/v1.0.0", "", "")
    assert github_double.store.repositories[NAME].releases == {}


def test_every_answer_tells_the_budget(github_double: GitHubDouble) -> None:
    github_double.add_token("ghp_few", permissions={}, hourly_requests=2)
    url = f"{github_double.url}/repos/{NAME}"
    left = [httpx.get(url, headers=bearer("ghp_few")).headers["X-RateLimit-Remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    spent = httpx.get(url, headers=bearer("ghp_few"))
    assert (spent.status_code, spent.headers["X-RateLimit-Used"]) == (403, "2")
    assert spent.json()["message"].startswith("API rate limit exceeded")
    assert httpx.get(url, headers=bearer(READER)).status_code == 200


def test_asking_for_the_budget_costs_nothing(github_double: GitHubDouble, writer: Github) -> None:
    assert writer.get_rate_limit().rate.remaining == 5000
    writer.get_repo(NAME)
    assert writer.get_rate_limit().rate.remaining == 4999
    assert client(github_double).get_rate_limit().rate.limit == 60


def test_every_answer_has_a_request_id(github_double: GitHubDouble) -> None:
    for path in ("/", "/nowhere", f"/repos/{NAME}"):
        assert httpx.get(github_double.url + path).headers["X-GitHub-Request-Id"]


def test_what_is_not_served_is_not_found(github_double: GitHubDouble) -> None:
    answer = httpx.put(f"{github_double.url}/repos/{NAME}/nothing", headers=bearer(WRITER))
    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_a_caller_without_a_name_is_refused(github_double: GitHubDouble) -> None:
    answer = httpx.get(github_double.url, headers={"User-Agent": ""})
    assert answer.status_code == 403
    assert "User-Agent" in answer.json()["message"]


def test_the_journal_keeps_no_secrets(github_double: GitHubDouble, writer: Github) -> None:
    writer.get_repo(NAME)
    assert github_double.requests == [("GET", f"/repos/{NAME}", 200)]
    assert WRITER not in repr(github_double.store) + repr(github_double.requests)
