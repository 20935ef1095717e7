"""Faults on order, as PyGithub and a plain HTTP client meet them."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest
import requests
from github import Auth, Github, GithubException, RateLimitExceededException
from github.Repository import Repository

from pipeline.demo.github import Fault, GitHubDouble
from pipeline.demo.github.faults import secondary_rate_limit
from tests.demo.checked_github import client, refused
from tests.demo.conftest import NAME, WRITER

TAG = "vault/v0.2.0"
RELEASES = f"*/{NAME}/releases"


def draft_of(repository: Repository) -> None:
    repository.create_git_release(TAG, TAG, "", draft=True, make_latest="false")


def count_drafts(double: GitHubDouble) -> int:
    return len(double.store.repositories[NAME].releases)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_status_before_the_effect(github_double: GitHubDouble, repository: Repository, status: int) -> None:
    fault = github_double.interfere(Fault(method="POST", path=RELEASES, status=status))
    with refused(status):
        draft_of(repository)
    assert (fault.hits, count_drafts(github_double)) == (1, 0)
    draft_of(repository)
    assert count_drafts(github_double) == 1


def test_a_status_after_the_effect_is_a_lost_answer(github_double: GitHubDouble, repository: Repository) -> None:
    github_double.interfere(Fault(method="POST", path=RELEASES, status=502, when="after"))
    with refused(502):
        draft_of(repository)
    assert count_drafts(github_double) == 1


@pytest.mark.parametrize(("when", "drafts"), [("before", 0), ("after", 1)])
def test_a_reset(github_double: GitHubDouble, repository: Repository, when: str, drafts: int) -> None:
    github_double.interfere(
        Fault(method="POST", path=RELEASES, reset=True, when="before" if when == "before" else "after")
    )
    with pytest.raises(requests.ConnectionError):
        draft_of(repository)
    assert count_drafts(github_double) == drafts
    assert github_double.requests[-1] == ("POST", f"/repos/{NAME}/releases", None)


def test_a_truncated_answer(github_double: GitHubDouble, repository: Repository) -> None:
    github_double.interfere(Fault(method="POST", path=RELEASES, truncate=True))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        draft_of(repository)
    assert count_drafts(github_double) == 1


def test_a_truncated_answer_is_half_of_the_real_one(github_double: GitHubDouble) -> None:
    whole = httpx.get(github_double.url).content
    github_double.interfere(Fault(truncate=True))
    with httpx.stream("GET", github_double.url) as answer:
        parts = answer.iter_raw()
        assert next(parts) == whole[: len(whole) // 2]
        with pytest.raises(httpx.RemoteProtocolError):
            next(parts)


def test_a_secondary_rate_limit(github_double: GitHubDouble, repository: Repository) -> None:
    github_double.interfere(secondary_rate_limit(retry_after=7))
    with pytest.raises(RateLimitExceededException) as caught:
        draft_of(repository)
    assert caught.value.headers is not None
    assert caught.value.headers["retry-after"] == "7"


def test_pygithub_waits_a_secondary_rate_limit_out(github_double: GitHubDouble) -> None:
    github_double.interfere(secondary_rate_limit(retry_after=0))
    patient = Github(base_url=github_double.url, auth=Auth.Token(WRITER), seconds_between_requests=0)
    assert patient.get_repo(NAME).full_name == NAME
    assert [exchange.status for exchange in github_double.requests] == [403, 200]


def test_a_delay(github_double: GitHubDouble, repository: Repository) -> None:
    github_double.interfere(Fault(delay=0.2))
    started = time.monotonic()
    draft_of(repository)
    assert time.monotonic() - started >= 0.2


def test_a_delay_holds_up_nobody_else(github_double: GitHubDouble) -> None:
    fault = github_double.interfere(Fault(path="/rate_limit", delay=1))
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(httpx.get, f"{github_double.url}/rate_limit")
        while not fault.hits:
            assert not waiting.done()
        assert httpx.get(f"{github_double.url}/repos/{NAME}").status_code == 200
        assert not waiting.done()
        assert waiting.result().status_code == 200


def test_faults_take_turns_and_can_be_cancelled(github_double: GitHubDouble) -> None:
    github_double.interfere(Fault(times=2, status=500))
    github_double.interfere(
        Fault(times=10, status=502, body="<html>Unicorn!</html>", headers={"Content-Type": "text/html"})
    )
    answers = [httpx.get(github_double.url) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 500, 502]
    assert (answers[2].text, answers[2].headers["content-type"]) == ("<html>Unicorn!</html>", "text/html")
    github_double.heal()
    assert httpx.get(github_double.url).status_code == 200


def test_many_at_once_can_all_make_drafts_and_only_one_can_publish(github_double: GitHubDouble) -> None:
    together = Barrier(8)

    def release() -> int:
        repository = client(github_double, WRITER).get_repo(NAME)
        draft = repository.create_git_release(TAG, TAG, "", draft=True, make_latest="false")
        together.wait(timeout=30)
        try:
            draft.update_release(TAG, "", draft=False)
        except GithubException as error:
            return error.status
        return 200

    with ThreadPoolExecutor(8) as threads:
        outcomes = [done.result() for done in [threads.submit(release) for _ in range(8)]]
    assert sorted(outcomes) == [200] + [422] * 7
    assert count_drafts(github_double) == 8
