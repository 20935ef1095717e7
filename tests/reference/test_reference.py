"""The reference says what the code says."""

import pytest

from pipeline import errors
from pipeline.errors import PipelineError
from pipeline.services.tables import ServiceTable
from tests.reference.pages import FOLDER, pages

PAGES = pages()


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_makes(name: str) -> None:
    assert FOLDER.joinpath(name).read_text() == PAGES[name], "make commands"


def test_there_is_no_other_page() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def test_every_error_is_on_its_page() -> None:
    groups = {"PipelineError", "RequestError", "Refused", "Unavailable"}
    kinds = [
        one("", next="").kind
        for name, one in vars(errors).items()
        if isinstance(one, type) and issubclass(one, PipelineError) and name not in groups
    ]
    assert len(kinds) > 20
    assert [kind for kind in kinds if f"`{kind}`" not in PAGES["errors.md"]] == []


def test_every_key_of_a_service_is_on_its_page() -> None:
    assert [key for key in ServiceTable.__struct_fields__ if f"`{key}`" not in PAGES["catalogue.md"]] == []
