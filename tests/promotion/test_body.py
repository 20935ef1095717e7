"""A promotion's pull request, in words."""

from pipeline.github.contents import File
from pipeline.github.pulls import BODY_LIMIT
from pipeline.infra.pin import Image, Pin
from pipeline.promotion import body
from pipeline.promotion.move import Move, Place
from pipeline.tag import Tag

MOVE = Move(
    direction="promote",
    tag=Tag.parse("vault/v0.4.0"),
    image=Image(service="vault", name="ghcr.io/a/vault", tag="v0.4.0", digest="sha256:1"),
    place=Place(environment="production001", pin_path="pins/vault.yaml", values_path="values.yaml"),
    base="main",
    file=File("pins/vault.yaml", "tag: v0.3.0", "1"),
    text="tag: v0.4.0",
    before=Pin(frozenset({"v0.3.0"}), frozenset()),
)


def test_stays_within_githubs_limit_and_says_what_is_cut() -> None:
    text = body.render(MOVE, release_url="https://github.com/a/b", notes="* a change\n" * 20_000)
    assert len(text) <= BODY_LIMIT
    assert text.endswith(body.CUT)
    assert "from `v0.3.0` to `v0.4.0`" in text


def test_the_diff_of_a_file_without_a_last_line_end_is_one_that_applies() -> None:
    assert MOVE.diff().splitlines()[3:] == [
        "-tag: v0.3.0", "\\ No newline at end of file", "+tag: v0.4.0", "\\ No newline at end of file",
    ]  # fmt: skip
