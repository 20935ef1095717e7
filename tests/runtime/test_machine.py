"""What a machine lacks is never told as somebody else's failure: not the Dockerfile's, and not the registry's."""

import dagger
import pytest
from dagger._exceptions import QueryErrorValue
from gql import GraphQLRequest

from pipeline.errors import BuildFailed, EngineUnavailable, PipelineError, ToolMissing
from pipeline.local.rootless import NAMESPACE_ADVICE, lack_of_namespaces
from pipeline.runtime.session import ask

pytestmark = pytest.mark.anyio

USERMOD = "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 Ann"


@pytest.mark.parametrize(
    ("said", "kind", "remedy"),
    [
        (
            "the program 'git' is not on the PATH; Install it with: sudo apt-get install git",
            ToolMissing,
            "Install it with: sudo apt-get install git",
        ),
        ("the program 'git' is not on the PATH; Install the package git.", ToolMissing, "Install the package git."),
        (
            f"building images without root needs IDs for 'Ann' in /etc/subuid; Add them with: {USERMOD}",
            EngineUnavailable,
            f"Add them with: {USERMOD}",
        ),
        (f"{lack_of_namespaces()}; {NAMESPACE_ADVICE}", EngineUnavailable, NAMESPACE_ADVICE),
        ("no FROM statement found", BuildFailed, "Mend it."),
    ],
)
async def test_who_is_at_fault(said: str, kind: type[PipelineError], remedy: str) -> None:
    async def question() -> None:
        raise dagger.QueryError([QueryErrorValue(said)], GraphQLRequest("{ version }"))

    with pytest.raises(kind) as caught:
        await ask(question, explain=lambda message: BuildFailed(message, next="Mend it."))
    assert caught.value.next == remedy
