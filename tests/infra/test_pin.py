"""Pins are read and moved in every layout, and nothing beside them changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadPin
from pipeline.infra.pin import Image, moved, read
from tests.infra.layouts import LAYOUTS, NEW, OLD, Layout

VAULT = "ghcr.io/unkeyed/vault"
TARGET = Image(service="vault", name=VAULT, tag="v0.4.0", digest=NEW)


def _expected(layout: Layout) -> list[str]:
    lines = layout.text.split("\n")
    for old, new in layout.changes.items():
        number, _, numbered = old.partition(":")
        at = int(number) - 1 if number.isdigit() else lines.index(old)
        assert lines[at] == (numbered if number.isdigit() else old)
        lines[at] = new
    return lines


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_moves_the_pin_and_nothing_else(layout: Layout) -> None:
    assert moved(layout.text, TARGET, "vault.yaml").split("\n") == _expected(layout)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_moving_again_changes_nothing(layout: Layout) -> None:
    once = moved(layout.text, TARGET, "vault.yaml")
    assert moved(once, TARGET, "vault.yaml") == once


@pytest.mark.parametrize(
    ("text", "tag", "digest"),
    [
        (f"image: {{repository: {VAULT}, tag: 'v0.3.0', digest: '{OLD}'}}", "v0.3.0", OLD),
        (f"image: {VAULT}@{OLD}", "", OLD),
        ("tag: vault/v0.3.0", "v0.3.0", ""),
        ("version: 0.3.0-rc.1", "v0.3.0-rc.1", ""),
        (f"a: {VAULT}:v0.1.0\nb: {VAULT}:v0.2.0", "", ""),
    ],
)
def test_reads_what_is_pinned(text: str, tag: str, digest: str) -> None:
    pin = read(text, TARGET, "vault.yaml")
    assert (pin.tag, pin.digest) == (tag, digest)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("replicas: 2\n", "neither a tag nor a digest"),
        ("image: [", "is not YAML"),
        ("a: {tag: v1.0.0}\nb: {tag: v2.0.0}\n", "in 2 places: 'a', 'b'"),
        (f"image:\n  repository: {VAULT}\n  tag: >-\n    v0.3.0\n", "neither a tag nor a digest"),
        (
            f"v: &v v0.3.0\na: {{repository: {VAULT}, tag: *v}}\nb: {{repository: other, tag: *v}}\n",
            "an anchor that another image uses",
        ),
    ],
)
def test_refuses_what_it_cannot_tell(text: str, reason: str) -> None:
    with pytest.raises(BadPin, match=reason):
        moved(text, TARGET, "vault.yaml")


plain = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=20)


@given(comment=plain, other=plain, indent=st.integers(1, 9), quote=st.sampled_from(["", "'", '"']))
def test_keeps_every_other_character(comment: str, other: str, indent: int, quote: str) -> None:
    key = "k: '" + other.replace("'", "''") + "'"
    before = f"# {comment}\nimage:\n{' ' * indent}repository: {VAULT}\n{' ' * indent}tag: "
    after = f" # {comment}\n{key}\n"
    text = f"{before}{quote}v0.3.0{quote}{after}"
    assert moved(text, TARGET, "vault.yaml") == f"{before}{quote}v0.4.0{quote}{after}"
