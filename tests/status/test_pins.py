"""What an environment runs, compared with a tag."""

import pytest

from pipeline.infra.pin import Image, Pin
from pipeline.services.tables import InfraTable
from pipeline.status import pins
from pipeline.status.pins import Pinned, Place
from pipeline.status.rows import PinStatus
from pipeline.status.unread import Unread
from pipeline.tag import Tag

TAG = Tag.parse("vault/v0.5.0")
OURS, THEIRS = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
INFRA = InfraTable(repository="a/infra", values="{service}.yaml", pins={"production001": "pins/{service}.yaml"})
PLACE = Place(Image(service="vault", name="ghcr.io/a/vault"), "production001", "pins/vault.yaml")


def _status(tags: set[str], digests: set[str]) -> PinStatus:
    found = [Pinned(PLACE, "https://github.com/a/infra", Pin(frozenset(tags), frozenset(digests)))]
    (status,) = pins.status(found, INFRA, TAG, OURS)
    return status


@pytest.mark.parametrize(
    ("tags", "digests", "state"),
    [
        ({"v0.5.0"}, set(), "same"),
        ({"v0.5.0"}, {OURS}, "same"),
        ({"v0.4.9"}, set(), "behind"),
        ({"v0.5.0-rc.1"}, set(), "behind"),
        ({"v0.10.0"}, set(), "ahead"),
        ({"v0.5.1-rc.1"}, {THEIRS}, "ahead"),
        (set(), {OURS}, "same"),
        (set(), {THEIRS}, "unknown"),
        ({"v0.5.0"}, {THEIRS}, "unknown"),
        ({"v0.5.0", "v0.4.0"}, set(), "unknown"),
        ({"main-1a2b"}, set(), "unknown"),
    ],
)
def test_compares_by_semver_and_by_digest(tags: set[str], digests: set[str], state: str) -> None:
    status = _status(tags, digests)
    assert status.state == state
    assert bool(status.detail) == (state == "unknown")


def test_what_could_not_be_read_is_said_of_every_environment() -> None:
    (status,) = pins.status(Unread("not-checked", "no token"), INFRA, TAG, OURS)
    assert (status.environment, status.state, status.detail) == ("production001", "not-checked", "no token")


def test_pins_of_other_services_are_left_out() -> None:
    other = Place(Image(service="api", name="ghcr.io/a/api"), "production001", "pins/api.yaml")
    assert pins.status([Pinned(other, "", None)], INFRA, TAG, OURS) == ()
